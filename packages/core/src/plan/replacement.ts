import type { ContainerSummary } from "../observe/container.ts";
import type { ContainerConfig } from "../spec/config.ts";
import type { Lifecycle } from "../spec/instance.ts";
import type { Action, ActionStep, ContainerHandle } from "./action.ts";
import { predecessorSuffix, successorSuffix } from "./candidates.ts";
import { because, planStop } from "./lifecycle.ts";
import type { Reason } from "./reason.ts";

interface Replacement {
  /** The instance's container name. */
  readonly name: string;
  readonly old: Pick<ContainerSummary, "id" | "name" | "phase">;
  readonly lifecycle: Lifecycle;
  readonly config: ContainerConfig;
  readonly reason: Reason;
  readonly causes: readonly string[];
}

/**
 * Nothing is destroyed before its successor is certain: the new container exists before the old one stops, and the old
 * one is removed only once the new one is ready. After any step the names alone tell how far it came, so a look can
 * finish it or take it back: see `unfinished.ts`. One that is lazy and idle stays so: neither container runs.
 */
export function planReplacement({ name, old, lifecycle, config, reason, causes }: Replacement): Action[] {
  const former: ContainerHandle = { id: old.id, name: old.name };
  const next: ContainerHandle = { id: null, name: name + successorSuffix };
  const successor: ContainerHandle = { id: null, name };
  const predecessor: ContainerHandle = { id: old.id, name: name + predecessorSuffix };
  const runs = lifecycle.kind !== "lazy" || planStop(old).length > 0;
  const stop: ActionStep[] = [
    ...(old.phase === "paused" ? [{ kind: "unpauseContainer", container: former } as const] : []),
    { kind: "stopContainer", container: former },
  ];
  const start: ActionStep[] = [
    { kind: "startContainer", container: successor },
    { kind: "awaitReady", container: successor },
  ];
  return because(reason, causes, [
    { kind: "createContainer", name: next.name, config },
    ...(runs ? stop : []),
    { kind: "renameContainer", container: former, name: predecessor.name },
    { kind: "renameContainer", container: next, name },
    ...(runs ? start : []),
    { kind: "removeContainer", container: predecessor, force: false },
  ]);
}
