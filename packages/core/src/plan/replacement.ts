import type { ContainerConfig } from "../spec/config.ts";
import type { Action, ActionStep, ContainerHandle } from "./action.ts";
import { predecessorSuffix, successorSuffix } from "./candidates.ts";
import { because } from "./lifecycle.ts";
import type { Reason } from "./reason.ts";

interface Replacement {
  /** The instance's container name. */
  readonly name: string;
  readonly old: { readonly id: string; readonly name: string };
  readonly paused: boolean;
  readonly config: ContainerConfig;
  readonly reason: Reason;
  readonly causes: readonly string[];
}

/**
 * Nothing is destroyed before its successor is certain: the new container exists before the old one stops, and the old
 * one is removed only once the new one is ready. After any step the names alone tell how far it came, so a look can
 * finish it or take it back: see `unfinished.ts`.
 */
export function planReplacement({ name, old, paused, config, reason, causes }: Replacement): Action[] {
  const next: ContainerHandle = { id: null, name: name + successorSuffix };
  const successor: ContainerHandle = { id: null, name };
  const predecessor: ContainerHandle = { id: old.id, name: name + predecessorSuffix };
  const steps: ActionStep[] = [
    { kind: "createContainer", name: next.name, config },
    ...(paused ? [{ kind: "unpauseContainer", container: old } as const] : []),
    { kind: "stopContainer", container: old },
    { kind: "renameContainer", container: old, name: predecessor.name },
    { kind: "renameContainer", container: next, name },
    { kind: "startContainer", container: successor },
    { kind: "awaitReady", container: successor },
    { kind: "removeContainer", container: predecessor, force: false },
  ];
  return because(reason, causes, steps);
}
