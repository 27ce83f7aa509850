import { expect, test } from "vitest";
import { LogTail } from "./log-tail.ts";

function frame(stream: number, text: string): Buffer {
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

function tailOf(bytes: Buffer, limit: number, step = bytes.length || 1): string {
  const tail = new LogTail(limit);
  for (let at = 0; at < bytes.length; at += step) tail.push(bytes.subarray(at, at + step));
  return tail.text();
}

test("both streams in the order of arrival, however the bytes are cut", () => {
  const bytes = Buffer.concat([frame(1, "out\n"), frame(2, "err\n"), frame(1, ""), frame(1, "end")]);
  expect([tailOf(bytes, 100), tailOf(bytes, 100, 1), tailOf(bytes, 100, 7)]).toEqual(
    Array.from({ length: 3 }, () => "out\nerr\nend"),
  );
});

test("a terminal's output has no frames", () => {
  expect([
    tailOf(Buffer.from("hello, terminal\r\n"), 100),
    tailOf(Buffer.from("short"), 100),
    tailOf(Buffer.alloc(0), 100),
  ]).toEqual(["hello, terminal\r\n", "short", ""]);
});

test("only the end is kept, from a whole character on", () => {
  expect(tailOf(Buffer.concat([frame(1, "abcdef"), frame(1, "ghij")]), 5)).toBe("fghij");
  expect(tailOf(frame(1, "ab→cd"), 4)).toBe("cd");
});
