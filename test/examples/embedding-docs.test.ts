import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ").trim();
const docs = read("docs/embedding.md");

test("every code block of docs/embedding.md is part of a program that is tested", () => {
  const examples = readdirSync(join(root, "examples/embed-bun")).filter((file) => file.endsWith(".ts"));
  const programs = [...examples.map((file) => `examples/embed-bun/${file}`), "test/packed/embed.mjs"];
  const texts = programs.map((path) => oneLine(read(path)));
  const blocks = [...docs.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => oneLine(code ?? ""));
  expect(blocks.length).toBeGreaterThan(8);
  expect(blocks.filter((block) => !texts.some((text) => text.includes(block)))).toEqual([]);
});
