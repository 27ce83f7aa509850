import { expect, test } from "vitest";
import { FleetError, isFleetError } from "./errors.ts";

test("an error says whether trying again makes sense", () => {
  expect(new FleetError("Unreachable", "no answer").retry).toBe(true);
  expect(new FleetError("Invalid", "bad request").retry).toBe(false);
});

test("isFleetError narrows by code", () => {
  const error: unknown = new FleetError("Conflict", "name taken", { hint: "rename it", status: 409 });
  expect(isFleetError(error, "NotFound")).toBe(false);
  expect(isFleetError(error, "NotFound", "Conflict")).toBe(true);
  expect(isFleetError(new Error("other"))).toBe(false);
});
