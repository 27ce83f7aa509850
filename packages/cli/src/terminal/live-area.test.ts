import { Writable } from "node:stream";
import { ManualClock } from "@fleet/core/testing";
import { expect, it } from "vitest";
import { LiveArea } from "./live-area.ts";

class Screen extends Writable {
  readonly columns: number;
  readonly rows: number;
  writes: string[] = [];

  constructor(columns: number, rows: number) {
    super();
    this.columns = columns;
    this.rows = rows;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.writes.push(chunk.toString().replaceAll("\u001b", "^"));
    done();
  }
}

function area(screen: Screen, rows: () => readonly string[]): { live: LiveArea; clock: ManualClock } {
  const clock = new ManualClock();
  return { live: new LiveArea(screen, clock, rows, String), clock };
}

it("draws over what it drew, scrolls what is printed, and leaves nothing behind", () => {
  const screen = new Screen(40, 10);
  let rows = ["one", "two"];
  const { live, clock } = area(screen, () => rows);
  live.start();
  clock.advance(100);
  rows = ["two"];
  live.print("one is done\n");
  live.stop();
  clock.advance(1000);
  expect(screen.writes).toEqual([
    "  ⠋ one^[K\n  ⠋ two^[K\n^[J",
    "^[2A  ⠙ one^[K\n  ⠙ two^[K\n^[J",
    "^[2Aone is done^[K\n  ⠙ two^[K\n^[J",
    "^[1A^[J",
  ]);
});

it("lets no row wrap and no screen scroll", () => {
  const screen = new Screen(12, 5);
  const { live } = area(screen, () => ["a row too long", "b", "c", "d"]);
  live.start();
  live.stop();
  expect(screen.writes[0]).toBe("  ⠋ a row …^[K\n  ⠋ b^[K\n  ⠋ and 2 …^[K\n^[J");
});

it("takes a terminal that does not know its size for one of 80 columns", () => {
  const screen = new Screen(0, 0);
  const { live } = area(screen, () => ["x".repeat(90)]);
  live.start();
  live.stop();
  expect(screen.writes[0]).toBe(`  ⠋ ${"x".repeat(74)}…^[K\n^[J`);
});
