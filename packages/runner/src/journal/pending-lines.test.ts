import fc from "fast-check";
import { expect, test } from "vitest";
import type { JournalEntry } from "./entry.ts";
import { entryLine, type Line, longestLine } from "./line.ts";
import { PendingLines } from "./pending-lines.ts";

const entry = (seq: number, version = "1"): JournalEntry => ({
  seq,
  at: seq,
  kind: "run",
  what: "started",
  pid: 1,
  version,
});

function line(seq: number, version?: string): Line {
  const made = entryLine(entry(seq, version));
  if (made === null) throw new Error("no line");
  return made;
}

const parsed = (lines: readonly Line[]): JournalEntry[] => lines.map(({ text }) => JSON.parse(text));

test("what is taken is taken in order, by size, and what is put back comes first", () => {
  const pending = new PendingLines(1000);
  for (const seq of [1, 2, 3]) expect(pending.add(line(seq))).toBe(null);
  const [first] = pending.take(1);
  expect(first).toEqual(line(1));
  const rest = pending.take(1000);
  expect(rest).toEqual([line(2), line(3)]);
  pending.putBack(rest);
  expect(pending.take(line(2).bytes + 1)).toEqual([line(2), line(3)]);
  expect(pending.first).toBe(undefined);
});

test("when memory is full the oldest quarter goes, and a line says which those were", () => {
  const pending = new PendingLines(10 * line(1).bytes);
  for (const seq of [1, 2, 3, 4, 5, 6, 7, 8, 9]) expect(pending.add(line(seq))).toBe(null);
  // A line with a number of two digits is longer.
  expect(pending.add(line(10))).toEqual({ first: 1, last: 3 });
  const [lost, ...kept] = parsed(pending.take(Number.POSITIVE_INFINITY));
  expect(lost).toEqual({ seq: 3, at: 3, kind: "lost", first: 1, last: 3, count: 3 });
  expect(kept).toEqual([4, 5, 6, 7, 8, 9, 10].map((seq) => entry(seq)));
});

test("whatever is added, taken and put back: memory stays bounded and every number is there or said to be lost", () => {
  const act = fc.oneof(
    fc.record({ add: fc.string({ maxLength: 80, unit: "grapheme" }) }),
    fc.record({ take: fc.nat(400), written: fc.nat(5) }),
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 200 }), (acts) => {
      const limit = 1500;
      const pending = new PendingLines(limit);
      const written: Line[] = [];
      let seq = 0;
      for (const one of acts) {
        if ("add" in one) {
          seq += 1;
          pending.add(line(seq, one.add));
          const waiting = pending.take(Number.POSITIVE_INFINITY);
          expect(waiting.reduce((sum, { text }) => sum + Buffer.byteLength(text) + 1, 0)).toBeLessThanOrEqual(limit);
          pending.putBack(waiting);
        } else {
          const taken = pending.take(one.take);
          written.push(...taken.slice(0, one.written));
          pending.putBack(taken.slice(one.written));
        }
      }
      written.push(...pending.take(Number.POSITIVE_INFINITY));
      let reached = 0;
      for (const { first, last, text } of written) {
        expect(first).toBe(reached + 1);
        expect(JSON.parse(text).seq).toBe(last);
        reached = last;
      }
      expect(reached).toBe(seq);
    }),
    { numRuns: 200 },
  );
});

test("what cannot be one line of JSON is no line", () => {
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  expect(entryLine({ ...entry(1), version: cyclic } as unknown as JournalEntry)).toBe(null);
  expect(entryLine({ ...entry(1), pid: 1n } as unknown as JournalEntry)).toBe(null);
  expect(entryLine(entry(1, "x".repeat(longestLine)))).toBe(null);
});
