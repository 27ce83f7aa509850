import { expect, test } from "vitest";
import { type Chunk, Chunks } from "./chunks.ts";

test("a chunk is run once, when it is first required, and others are reached from it", () => {
  const runs: string[] = [];
  const near: Record<string, Chunk> = {
    "main.js"(exports, require) {
      runs.push("main");
      const { word } = require("./part.js") as { word: string };
      const again = require("./part.js") as { word: string };
      Object.assign(exports, { text: `${word} ${again.word} ${String(require("node:greeting"))}` });
    },
    "part.js"(_exports, _require, module) {
      runs.push("part");
      module.exports = { word: "part" };
    },
    "unused.js"() {
      runs.push("unused");
    },
  };
  const chunks = new Chunks([() => near], (path) => `loaded ${path}`);
  expect(chunks.run("main.js")).toEqual({ text: "part part loaded node:greeting" });
  expect(chunks.run("main.js")).toBe(chunks.run("main.js"));
  expect(runs).toEqual(["main", "part"]);
});

test("a further source is opened when a chunk is in none before it", () => {
  const opened: string[] = [];
  const source = (name: string, chunks: Record<string, Chunk>) => () => {
    opened.push(name);
    return chunks;
  };
  const empty: Chunk = () => undefined;
  const chunks = new Chunks([source("near", { "a.js": empty }), source("far", { "b.js": empty })], () => undefined);
  chunks.run("a.js");
  expect(opened).toEqual(["near"]);
  chunks.run("b.js");
  expect(opened).toEqual(["near", "far"]);
  expect(() => chunks.run("c.js")).toThrow("the fleet command lacks its part c.js: install it anew");
});
