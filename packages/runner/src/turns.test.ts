import { expect, test } from "vitest";
import { Turns } from "./turns.ts";

const tick = () => new Promise((resolve) => setImmediate(resolve));

test("no more turns are out than the limit, and they are given in the order of asking", async () => {
  const turns = new Turns(2);
  const given: string[] = [];
  const asked = ["a", "b", "c", "d"].map(async (name) => {
    const turn = await turns.take();
    given.push(name);
    return turn;
  });
  await tick();
  expect(given).toEqual(["a", "b"]);
  (await asked[1])?.release();
  await tick();
  expect(given).toEqual(["a", "b", "c"]);
  (await asked[0])?.release();
  await tick();
  expect(given).toEqual(["a", "b", "c", "d"]);
});

test("a turn that is given back twice frees one place", async () => {
  const turns = new Turns(1);
  const first = await turns.take();
  const given: string[] = [];
  for (const name of ["b", "c"]) void turns.take().then(() => given.push(name));
  first.release();
  first.release();
  await tick();
  expect(given).toEqual(["b"]);
});

test("one that no longer waits is passed over", async () => {
  const turns = new Turns(1);
  const first = await turns.take();
  const gone = new AbortController();
  const waiting = turns.take(gone.signal);
  const next = turns.take();
  gone.abort();
  await expect(waiting).rejects.toMatchObject({ code: "Cancelled" });
  first.release();
  (await next).release();
});

test("a turn that was given to one that no longer wants it is not lost", async () => {
  const turns = new Turns(1);
  const gone = new AbortController();
  void turns.take(gone.signal);
  gone.abort();
  (await turns.take()).release();
});

test("one that has already gone gets no turn", async () => {
  await expect(new Turns(1).take(AbortSignal.abort())).rejects.toMatchObject({ code: "Cancelled" });
});

test("after closing, those that wait and those that come are refused, and turns that are out may be given back", async () => {
  const turns = new Turns(1);
  const first = await turns.take();
  const waiting = turns.take();
  turns.close();
  await expect(waiting).rejects.toMatchObject({ code: "Cancelled" });
  await expect(turns.take()).rejects.toMatchObject({ code: "Cancelled" });
  first.release();
  await expect(turns.take()).rejects.toMatchObject({ code: "Cancelled" });
});
