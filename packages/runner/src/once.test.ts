import { FleetError } from "@fleet/core";
import { expect, test } from "vitest";
import { Once } from "./once.ts";

function deferred(): { promise: Promise<void>; resolve: () => void; reject: (error: Error) => void } {
  let resolve = (): void => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

test("those who come while it runs wait for the same run", async () => {
  const once = new Once(() => 5);
  const pull = deferred();
  let runs = 0;
  const work = () => {
    runs += 1;
    return pull.promise;
  };
  const both = Promise.all([once.run("image a", 1, work), once.run("image a", 2, work)]);
  pull.resolve();
  await both;
  expect(runs).toBe(1);
});

test("it runs again only for a look that is younger than its result", async () => {
  let now = 10;
  const once = new Once(() => now);
  const runs: number[] = [];
  const run = (since: number) => once.run("source /srv", since, async () => void runs.push(since));
  await run(3);
  now = 20;
  await run(4);
  await run(10);
  await run(11);
  expect(runs).toEqual([3, 11]);
});

test("a failure is shared by those who joined, and forgotten for those who come later", async () => {
  const once = new Once(() => 0);
  const pull = deferred();
  const joined = [once.run("image a", 0, () => pull.promise), once.run("image a", 0, () => pull.promise)];
  pull.reject(new FleetError("RateLimited", "later"));
  expect(await Promise.allSettled(joined)).toMatchObject([
    { status: "rejected", reason: { code: "RateLimited" } },
    { status: "rejected", reason: { code: "RateLimited" } },
  ]);
  await once.run("image a", 0, async () => undefined);
});

test("keys are apart", async () => {
  const once = new Once(() => 0);
  const runs: string[] = [];
  for (const key of ["image a", "volume a"]) await once.run(key, 0, async () => void runs.push(key));
  expect(runs).toEqual(["image a", "volume a"]);
});
