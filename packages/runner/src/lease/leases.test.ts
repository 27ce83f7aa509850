import { ManualClock } from "@fleet/core/testing";
import { expect, test } from "vitest";
import { describeLeases, Leases, openLeases } from "./leases.ts";

function start() {
  const clock = new ManualClock(0);
  const told: string[] = [];
  const leases = new Leases({ clock, onChange: (change, { id }) => told.push(`${change} ${id}`) });
  return { clock, told, leases };
}

test("a lease holds until it is released, once", () => {
  const { leases, told, clock } = start();
  leases.take("1", "a", "task-1", 60_000);
  leases.take("2", "a", "task-2", 60_000);
  expect([leases.release("1"), leases.holds("a"), leases.of("a").map(({ id }) => id)]).toEqual([true, true, ["2"]]);
  expect([leases.release("2"), leases.release("2"), leases.holds("a"), clock.pending]).toEqual([true, false, false, 0]);
  expect(told).toEqual(["taken 1", "taken 2", "released 1", "released 2"]);
});

test("one that nobody renews ends by itself; each renewal begins its time anew", () => {
  const { leases, told, clock } = start();
  leases.take("1", "a", "task-1", 60_000);
  clock.advance(50_000);
  expect(leases.renew("1")).toBe(true);
  clock.advance(59_999);
  expect(leases.holds("a")).toBe(true);
  clock.advance(1);
  expect([leases.holds("a"), leases.renew("1"), told]).toEqual([false, false, ["taken 1", "renewed 1", "expired 1"]]);
});

test("a jump of the time of day neither ends nor lengthens it", () => {
  const { leases, clock } = start();
  leases.take("1", "a", "task-1", 60_000);
  clock.step(86_400_000);
  clock.advance(59_999);
  expect(leases.holds("a")).toBe(true);
  clock.step(-172_800_000);
  clock.advance(1);
  expect(leases.holds("a")).toBe(false);
});

test("what an earlier run left holds for the rest of its time, and ended ones do not", () => {
  const { leases, clock, told } = start();
  const lease = { instance: "a", holder: "task", since: -50_000 };
  leases.restore([
    { ...lease, id: "1", until: 10_000 },
    { ...lease, id: "2", until: 0 },
  ]);
  expect(leases.of("a").map(({ id }) => id)).toEqual(["1"]);
  clock.advance(10_000);
  expect([leases.holds("a"), told]).toEqual([false, ["expired 1"]]);
});

test("close leaves no timer, and ends no lease", () => {
  const { leases, clock, told } = start();
  leases.take("1", "a", "task-1", 60_000);
  leases.close();
  expect([clock.pending, told]).toEqual([0, ["taken 1"]]);
});

test("a journal's changes tell which leases still hold", () => {
  const lease = (id: string, until: number) => ({ id, instance: "a", holder: "task", since: Number(id), until });
  const changes = [
    { change: "taken", lease: lease("1", 50) },
    { change: "taken", lease: lease("2", 50) },
    { change: "taken", lease: lease("3", 50) },
    { change: "renewed", lease: lease("1", 200) },
    { change: "released", lease: lease("2", 200) },
  ] as const;
  expect(openLeases(changes, 100)).toEqual([lease("1", 200)]);
});

test("in words", () => {
  const { leases, clock } = start();
  leases.take("1", "a", "task-4711", 600_000);
  clock.advance(180_000);
  expect(describeLeases(leases.of("a"), clock.now())).toBe("1 task inside (task-4711, 3m)");
});
