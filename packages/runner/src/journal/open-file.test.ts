import { expect, test } from "vitest";
import type { JournalEntry } from "./entry.ts";
import { journalFile } from "./files.ts";
import { entryLine, type Line, parseLine } from "./line.ts";
import { type Descriptor, OpenFile } from "./open-file.ts";

const lines: Line[] = [1, 2, 3].flatMap((seq) => {
  const entry: JournalEntry = { seq, at: 100 + seq, kind: "run", what: "started", pid: 1, version: "ü" };
  return entryLine(entry) ?? [];
});
const whole = lines.map(({ text }) => `${text}\n`).join("");

/** A disk that takes `room` bytes, at most `atOnce` in one call, and then is full. */
function disk(room: number, atOnce: number, content = Buffer.alloc(0)) {
  const state = { room, content };
  const write = async (bytes: Buffer, offset: number, length: number) => {
    const bytesWritten = Math.min(length, atOnce, state.room);
    if (bytesWritten === 0) throw Object.assign(new Error("full"), { code: "ENOSPC" });
    state.room -= bytesWritten;
    state.content = Buffer.concat([state.content, bytes.subarray(offset, offset + bytesWritten)]);
    return { bytesWritten, buffer: bytes };
  };
  const descriptor = { write, datasync: async () => {}, close: async () => {} } as unknown as Descriptor;
  return { state, descriptor };
}

const entries = (content: Buffer): number[] =>
  content
    .toString()
    .split("\n")
    .flatMap((text) => parseLine(Buffer.from(text))?.seq ?? []);

test("a disk that is full in the middle, at whatever byte: what is written is counted, and the rest follows once", async () => {
  const size = Buffer.byteLength(whole);
  for (let room = 0; room <= size; room += 1) {
    const { state, descriptor } = disk(room, 1 + (room % 7));
    const content = { bytes: 0, firstAt: 101, lastAt: 101, midLine: false };
    const file = new OpenFile(journalFile("/j", 1), descriptor, content);
    const { written, fault } = await file.write(lines);
    expect(fault?.code).toBe(room === size ? undefined : "NoSpace");
    expect(entries(state.content)).toEqual([1, 2, 3].slice(0, written));
    expect(file.lastAt).toBe(lines[written - 1]?.at ?? 101);
    state.room = size + 1;
    if (written < 3) expect(await file.write(lines.slice(written))).toEqual({ written: 3 - written });
    expect(entries(state.content)).toEqual([1, 2, 3]);
    expect(file.bytes).toBe(state.content.length);
  }
});

test("after a torn line the next entry begins on its own line", async () => {
  const torn = Buffer.from(whole.slice(0, 10));
  const { state, descriptor } = disk(1000, 1000, torn);
  const content = { bytes: torn.length, firstAt: 1, lastAt: 1, midLine: true };
  const file = new OpenFile(journalFile("/j", 1), descriptor, content);
  await file.write(lines);
  expect(state.content.toString()).toBe(`${torn}\n${whole}`);
});
