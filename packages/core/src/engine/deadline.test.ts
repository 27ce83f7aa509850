import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FleetError } from "../errors.ts";
import { withDeadline } from "./deadline.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const never = (): Promise<never> => new Promise(() => {});

test("a call that never settles is left at its deadline, and told to stop", async () => {
  let told: AbortSignal | undefined;
  const call = withDeadline("list containers", { deadline: 1500 }, 30_000, (signal) => {
    told = signal;
    return never();
  });
  const outcome = call.catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(1499);
  expect(told?.aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(await outcome).toEqual(
    new FleetError("Timeout", "list containers: not done after 1.5 s; whether it will be is unknown."),
  );
  expect(told?.aborted).toBe(true);
});

test("the verb's own deadline holds when the caller names none", async () => {
  const outcome = withDeadline("x", {}, 250, never).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(250);
  expect(await outcome).toMatchObject({ code: "Timeout", message: expect.stringContaining("250 ms") });
});

test("the caller's signal ends a call at once", async () => {
  const caller = new AbortController();
  const outcome = withDeadline("x", { signal: caller.signal }, 1000, never).catch((error: unknown) => error);
  caller.abort();
  expect(await outcome).toEqual(new FleetError("Cancelled", "x: cancelled by the caller."));
  expect(vi.getTimerCount()).toBe(0);
});

test("a call cancelled before it began is never made", async () => {
  let made = false;
  const call = withDeadline("x", { signal: AbortSignal.abort() }, 1000, async () => {
    made = true;
  });
  await expect(call).rejects.toMatchObject({ code: "Cancelled" });
  expect(made).toBe(false);
});

test("an answer in time is passed on, as is a failure, and no timer stays behind", async () => {
  await expect(withDeadline("x", {}, 1000, async () => "done")).resolves.toBe("done");
  const failure = new FleetError("Refused", "no");
  await expect(
    withDeadline("x", {}, 1000, async () => {
      throw failure;
    }),
  ).rejects.toBe(failure);
  expect(vi.getTimerCount()).toBe(0);
});

test("no deadline is longer than a timer can be", async () => {
  const outcome = withDeadline("x", { deadline: Number.POSITIVE_INFINITY }, 1000, never).catch(
    (error: unknown) => error,
  );
  await vi.advanceTimersByTimeAsync(60_000);
  const first = await Promise.race([outcome, Promise.resolve("still waiting")]);
  expect(first).toBe("still waiting");
});

test("a call that lifts its deadline goes on until it ends, or until its caller cancels", async () => {
  const caller = new AbortController();
  const lifted = withDeadline("watch", { signal: caller.signal }, 1000, (_, lift) => {
    lift();
    return never();
  });
  let outcome: unknown = "under way";
  lifted.catch((error: unknown) => {
    outcome = error;
  });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(outcome).toBe("under way");
  expect(vi.getTimerCount()).toBe(0);
  caller.abort();
  await vi.advanceTimersByTimeAsync(0);
  expect(outcome).toEqual(new FleetError("Cancelled", "watch: cancelled by the caller."));
});
