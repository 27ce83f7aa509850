export { type ApplyOptions, applyFleet } from "./apply.ts";
export { type ApplyResult, type InstanceOutcome, type InstanceResult, isGood } from "./outcome.ts";
