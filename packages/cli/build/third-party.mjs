import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";

/**
 * Name, version and licence text of every package that has code in the bundles.
 *
 * @param {string} root
 * @param {readonly import("esbuild").Metafile[]} metafiles
 */
export async function thirdPartyTexts(root, metafiles) {
  const folders = new Set();
  for (const { inputs } of metafiles.flatMap(({ outputs }) => Object.values(outputs))) {
    for (const [input, { bytesInOutput }] of Object.entries(inputs)) {
      const [folder] = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input) ?? [];
      if (folder !== undefined && bytesInOutput > 0) folders.add(resolve(root, folder));
    }
  }
  const texts = await Promise.all([...folders].map(packageText));
  return `The fleet command contains code of these packages.\n\n${texts.sort().join("\n")}`;
}

/** @param {string} folder */
async function packageText(folder) {
  const { name, version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const file = (await readdir(folder)).find((entry) => /^(licen[cs]e|copying)(\.|$)/i.test(entry));
  if (file === undefined && license === undefined) throw new Error(`${name}@${version} says nothing about its licence`);
  const text = file === undefined ? `Licence: ${license}` : (await readFile(join(folder, file), "utf8")).trim();
  return `${name} ${version}\n\n${text.replace(/^/gm, "    ").replace(/ +$/gm, "")}\n`;
}
