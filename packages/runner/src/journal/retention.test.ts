import { expect, test } from "vitest";
import { type ClosedFile, expired, isFull } from "./retention.ts";

const closed = (...lastAt: number[]): ClosedFile[] => lastAt.map((at) => ({ path: `${at}`, bytes: 1, lastAt: at }));
const retention = { maxBytes: 100, maxFiles: 3, maxAge: 60 };

test("the oldest files go when there are too many, and when their last entry is too old", () => {
  expect(expired(closed(100, 101, 102), 110, retention)).toBe(0);
  expect(expired(closed(100, 101, 102, 103), 110, retention)).toBe(1);
  expect(expired(closed(40, 49, 50), 110, retention)).toBe(2);
  expect(expired(closed(40, 41, 42), 110, retention)).toBe(3);
  expect(expired(closed(), 110, retention)).toBe(0);
});

test("a file that is too old only by a clock that jumped stays as long as one before it does", () => {
  expect(expired(closed(100, 1, 102), 110, retention)).toBe(0);
});

test("a file is full by its bytes, or once its first entry is as old as a file's share of the age", () => {
  expect(isFull({ bytes: 99, firstAt: 100 }, 119, retention)).toBe(false);
  expect(isFull({ bytes: 100, firstAt: 100 }, 119, retention)).toBe(true);
  expect(isFull({ bytes: 1, firstAt: 100 }, 120, retention)).toBe(true);
});
