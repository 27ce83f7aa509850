import { expect, test } from "vitest";
import { inParallel } from "./in-parallel.ts";

test("results come in the order of the items, and no more are under way than allowed", async () => {
  let underWay = 0;
  let most = 0;
  const results = await inParallel(3, [5, 1, 4, 2, 3, 0], async (turns) => {
    underWay += 1;
    most = Math.max(most, underWay);
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    underWay -= 1;
    return turns * 10;
  });
  expect(results).toEqual([50, 10, 40, 20, 30, 0]);
  expect(most).toBe(3);
});

test("the first failure is the answer, and nothing more is begun after it", async () => {
  const begun: number[] = [];
  const work = async (item: number): Promise<void> => {
    begun.push(item);
    await Promise.resolve();
    if (item === 1) throw new Error("one");
  };
  await expect(inParallel(2, [0, 1, 2, 3, 4, 5], work)).rejects.toThrow("one");
  await new Promise((resolve) => setImmediate(resolve));
  expect(begun).toEqual([0, 1, 2]);
});

test("of nothing comes nothing", async () => {
  expect(await inParallel(2, [], () => Promise.reject(new Error("never called")))).toEqual([]);
});
