import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { compileFleet } from "./compile.ts";

const text = readFileSync(new URL("../../../../docs/spec.md", import.meta.url), "utf8");

const snippets = [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, yaml = ""]) => yaml);

/** A snippet that is not a whole file is what one instance holds. */
function whole(yaml: string): string {
  if (/^(#.*\n)?apiVersion:/.test(yaml)) return yaml;
  const lines = `name: dev\n${yaml.startsWith("image:") ? "" : "image: app:1\n"}${yaml}`.trimEnd().split("\n");
  const item = lines.map((line, index) => `    ${index === 0 ? "- " : "  "}${line}`).join("\n");
  return `apiVersion: fleet/v1\nkind: Fleet\nmetadata: { name: docs }\nspec:\n  instances:\n${item}\n`;
}

test("the documentation has snippets", () => {
  expect(snippets.length).toBeGreaterThan(10);
});

test.each(snippets)("a snippet of the documentation is right: %s", (yaml) => {
  const result = compileFleet(whole(yaml), {
    env: { FORGE_TOKEN: "token" },
    home: "/home/me",
    baseDir: "/srv",
    readFile: (path) => (path.endsWith(".env") ? "KEY=value\n" : "secret\n"),
  });
  expect(result.diagnostics).toEqual([]);
});
