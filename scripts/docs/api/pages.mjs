import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EntryRouter } from "./router.mjs";
import { EntryTheme } from "./theme.mjs";

const note = "<!-- Written by scripts/docs: change the docstrings, not this page. -->";

/**
 * The pages of the API, by their path in the repository.
 *
 * @param {Awaited<ReturnType<typeof import("./model.mjs").readApi>>} api
 * @returns {Promise<Map<string, string>>}
 */
export async function apiPages({ application, project }) {
  application.renderer.defineRouter("entry", EntryRouter);
  application.renderer.defineTheme("entry", EntryTheme);
  const folder = await mkdtemp(join(tmpdir(), "fleet-docs-"));
  try {
    application.options.setValue("outputs", [{ name: "markdown", path: folder }]);
    await application.generateOutputs(project);
    const pages = new Map();
    for (const file of (await readdir(folder)).sort()) {
      const text = await readFile(join(folder, file), "utf8");
      pages.set(`docs/api/${file}`, text.replaceAll(/ +$/gm, "").replace("\n", `\n\n${note}\n`));
    }
    return pages;
  } finally {
    await rm(folder, { recursive: true });
  }
}
