/** What an embedder switches over is closed: a new word is an error here. Checked by the compiler alone, and run by nobody. */
import type { BlockReason, ConditionType, Engine, ErrorCode, ExecReason, Hold, Reason, Remedy } from "@fleet/core";
import { openFleet } from "./open-fleet.ts";

/** Of a plan's action: on which panel of a dashboard it is shown. */
export function panelOf(reason: Reason): "vanished" | "changed" | "use" | "prepared" | "gone" {
  switch (reason) {
    case "ContainerMissing":
    case "ContainerNeverStarted":
    case "ContainerExited":
    case "ContainerPaused":
    case "ContainerDead":
    case "ContainerUnhealthy":
      return "vanished";
    case "FieldsDiffer":
    case "ImageMoved":
    case "Adopted":
    case "ReplacementUnfinished":
    case "OwnershipWrong":
    case "StaleMount":
      return "changed";
    case "Wanted":
    case "Idle":
      return "use";
    case "ImageMissing":
    case "VolumeMissing":
    case "NetworkMissing":
    case "SourceMissing":
      return "prepared";
    case "Orphaned":
    case "Destroyed":
      return "gone";
  }
}

/** Of a block: whether waiting may be enough. */
export function mayPass(reason: BlockReason): boolean {
  switch (reason) {
    case "RemovalInProgress":
    case "SourceMissing":
    case "SourceUnreadable":
      return true;
    case "NameTaken":
    case "ImageUnavailable":
    case "SourceWrongType":
    case "OwnershipNotRepairable":
    case "DuplicateContainers":
      return false;
  }
}

/** Of an exec: whether the command may have done something. */
export function mayHaveRun(reason: ExecReason): boolean {
  switch (reason) {
    case "ContainerMissing":
    case "ContainerStopped":
    case "ContainerPaused":
    case "ContainerRestarting":
    case "WorkingDirMissing":
    case "BinaryMissing":
    case "UserMissing":
    case "Refused":
      return false;
    case "KilledWithContainer":
    case "EngineGone":
    case "ClientKilled":
    case "CommandFailed":
    case "Succeeded":
    case "Unknown":
      return true;
  }
}

/** Of an error: who is to hear of it. */
export function concernOf(code: ErrorCode): "engine" | "spec" | "caller" {
  switch (code) {
    case "Conflict":
    case "InProgress":
    case "Refused":
    case "Unreachable":
    case "Timeout":
    case "Forbidden":
    case "NoSpace":
    case "RateLimited":
    case "Unsupported":
      return "engine";
    case "SpecInvalid":
      return "spec";
    case "NotFound":
    case "Invalid":
    case "PlanStale":
    case "Cancelled":
    case "Locked":
      return "caller";
  }
}

/** Of a hold: who ends it. */
export function endedBy(kind: Hold["kind"]): "person" | "time" | "task" {
  switch (kind) {
    case "Suspended":
    case "Breaker":
    case "EngineChanged":
      return "person";
    case "StopGrace":
      return "time";
    case "Busy":
      return "task";
  }
}

/** Of a remedy: whether it cuts what runs inside. */
export function cuts(remedy: Remedy): boolean {
  switch (remedy) {
    case "restart":
    case "replace":
    case "remove":
      return true;
    case "none":
    case "host":
    case "update":
    case "create":
      return false;
  }
}

/** Of a condition: whether it is good when it is true. */
export function isGood(type: ConditionType): boolean {
  switch (type) {
    case "Ready":
    case "Synced":
      return true;
    case "Progressing":
    case "Stalled":
      return false;
  }
}

const spec = () => ({
  apiVersion: "fleet/v1" as const,
  kind: "Fleet" as const,
  metadata: { name: "agents" },
  spec: { instances: [] },
});

declare const engine: Engine;
export const opened = openFleet({ spec, engine });
// @ts-expect-error: there is no engine by default, and so no real one in anybody's tests
openFleet({ spec });
