import { describe } from "vitest";
import { configContract } from "./config-contract.ts";
import { containerContract } from "./container-contract.ts";
import { createContract } from "./create-contract.ts";
import type { OpenEngine } from "./engine-under-test.ts";
import { eventContract } from "./event-contract.ts";
import { execContract } from "./exec-contract.ts";
import { networkContract } from "./network-contract.ts";
import { readingContract } from "./reading-contract.ts";
import { startContract } from "./start-contract.ts";
import { stopContract } from "./stop-contract.ts";
import { updateContract } from "./update-contract.ts";
import { volumeContract } from "./volume-contract.ts";

/** What every implementation of the engine port does: the memory engine, and the Docker adapter on real engines. */
export function engineContract(name: string, open: OpenEngine): void {
  describe(name, () => {
    describe("reading", () => readingContract(open));
    describe("create", () => createContract(open));
    describe("configuration", () => configContract(open));
    describe("start", () => startContract(open));
    describe("stop and wait", () => stopContract(open));
    describe("rename, remove and unpause", () => containerContract(open));
    describe("update", () => updateContract(open));
    describe("networks", () => networkContract(open));
    describe("volumes and images", () => volumeContract(open));
    describe("exec", () => execContract(open));
    describe("events", () => eventContract(open));
  });
}
