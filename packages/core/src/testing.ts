/** For tests of one's own: an engine and a host without Docker and without a disk, a clock that stands still, builders. */
export type { Clock } from "./clock.ts";
export { type MemoryEngineOptions, memoryEngine } from "./engine/memory.ts";
export type { EngineCall, EngineVerb } from "./engine/memory-call.ts";
export type { MemoryControls } from "./engine/memory-controls.ts";
export type { BindSources } from "./engine/memory-create.ts";
export type { FaultOptions, FaultScope } from "./engine/memory-fault.ts";
export type { MemoryPath } from "./engine/memory-state.ts";
export {
  type EntryFields,
  type HostCall,
  type MemoryHostControls,
  type MemoryHostOptions,
  memoryHost,
} from "./host/memory.ts";
export type { MemoryEntry } from "./host/memory-tree.ts";
export { ManualClock } from "./manual-clock.ts";
export { containerConfig, instanceSpec, resolvedFleet, sourceSpec } from "./spec/builders.ts";
