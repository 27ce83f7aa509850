import { expect, test } from "vitest";
import { updateRequest } from "./translate-update.ts";

test("only what is to change is sent; restart goes as a word, since the engine ignores an empty one", () => {
  expect(updateRequest({})).toEqual({});
  expect(updateRequest({ pids: 0, restart: { policy: "no" } })).toEqual({
    PidsLimit: 0,
    RestartPolicy: { Name: "no", MaximumRetryCount: 0 },
  });
  expect(updateRequest({ memory: 1, memorySwap: -1, memoryReservation: 2, cpus: 0.1 })).toEqual({
    Memory: 1,
    MemorySwap: -1,
    MemoryReservation: 2,
    NanoCpus: 100_000_000,
  });
});
