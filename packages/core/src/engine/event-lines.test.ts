import { expect, test } from "vitest";
import { EventLines } from "./event-lines.ts";

const line = (name: string): string =>
  `${JSON.stringify({
    Type: "container",
    Action: "start",
    Actor: { ID: name, Attributes: { name } },
    time: 1,
    timeNano: 1e9,
  })}\n`;

/** The names in the order in which they were told. */
function read(...chunks: readonly Buffer[]): readonly string[] {
  const names: string[] = [];
  const lines = new EventLines(({ name }) => names.push(name));
  for (const chunk of chunks) lines.push(chunk);
  return names;
}

test("one chunk may hold many events, and half of one more", () => {
  const [first = "", second = ""] = [line("c").slice(0, 20), line("c").slice(20)];
  expect(read(Buffer.from(line("a") + line("b") + first))).toEqual(["a", "b"]);
  expect(read(Buffer.from(line("a") + line("b") + first), Buffer.from(second))).toEqual(["a", "b", "c"]);
});

test("a cut anywhere, through characters too, changes nothing", () => {
  const bytes = Buffer.from(line("漢字-🚢") + line("é"));
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    expect(read(bytes.subarray(0, cut), bytes.subarray(cut))).toEqual(["漢字-🚢", "é"]);
  }
  expect(read(...[...bytes].map((byte) => Buffer.from([byte])))).toEqual(["漢字-🚢", "é"]);
});

test("a line that is no event is left out, and the next one heard", () => {
  const garbage = ["", "{", "<html>", "null", "[]", '"text"', '{"message":"x"}'].map((text) => `${text}\n`).join("");
  expect(read(Buffer.from(`${line("a")}${garbage}${line("b")}`))).toEqual(["a", "b"]);
  expect(read(Buffer.from([0xff, 0xfe, 0x0a]), Buffer.from(line("a")))).toEqual(["a"]);
});

test("what the listener throws comes out", () => {
  const broken = new Error("broken");
  const lines = new EventLines(() => {
    throw broken;
  });
  expect(() => lines.push(Buffer.from(line("a")))).toThrow(broken);
});
