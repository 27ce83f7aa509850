import type { ContainerObservation } from "../observe/container.ts";
import type { Lifecycle } from "../spec/instance.ts";
import type { Action, ActionStep } from "./action.ts";
import type { Candidates } from "./candidates.ts";
import { because, planPhase, planStop, readiness } from "./lifecycle.ts";

/**
 * What a replacement that stopped half-way left to do; null when nothing is left over.
 *
 * | names that exist | how far it came | what is done |
 * |---|---|---|
 * | name, `.next` | successor created, the old one perhaps stopped | taken back: the old one runs again; the drift, if still there, plans anew |
 * | `.old` (and `.next`) | old one renamed | taken back: the old one gets its name again |
 * | name, `.old`; the new one failed or crashes over and over | started, not ready | taken back |
 * | name, `.old`; the new one never started or is on its way | renamed | carried on: started, awaited, the old one removed |
 */
export function planUnfinished(name: string, found: Candidates, lifecycle: Lifecycle): Action[] | null {
  const { current, successor, predecessor } = found;
  if (successor === undefined && predecessor === undefined) return null;
  const steps: ActionStep[] = [];
  if (successor !== undefined) steps.push({ kind: "removeContainer", container: handle(successor), force: true });
  if (predecessor === undefined) {
    const wake = current && planPhase(current, lifecycle).step;
    if (wake !== undefined) steps.push(wake);
  } else if (current === undefined) {
    steps.push(...takeBack(name, predecessor, lifecycle));
  } else if (hasFailed(current, lifecycle)) {
    steps.push({ kind: "removeContainer", container: handle(current), force: true });
    steps.push(...takeBack(name, predecessor, lifecycle));
  } else {
    if (current.state.phase === "created") steps.push({ kind: "startContainer", container: handle(current) });
    steps.push({ kind: "awaitReady", container: handle(current) });
    // An engine that was restarted meanwhile may have started it again.
    steps.push(...planStop(predecessor));
    steps.push({ kind: "removeContainer", container: handle(predecessor), force: false });
  }
  return because("ReplacementUnfinished", [], steps);
}

function takeBack(name: string, predecessor: ContainerObservation, lifecycle: Lifecycle): ActionStep[] {
  const container = handle(predecessor);
  const wake = predecessor.state.phase === "paused" ? "unpauseContainer" : "startContainer";
  return [
    { kind: "renameContainer", container, name },
    // A one-shot has done its work; running it again is not ours to decide.
    ...(lifecycle.kind === "hot" ? [{ kind: wake, container } as const] : []),
  ];
}

/** A new container that the engine's restart policy keeps alive has already crashed at least once. */
function hasFailed(current: ContainerObservation, lifecycle: Lifecycle): boolean {
  return readiness(current, lifecycle).state === "failed" || current.state.phase === "restarting";
}

function handle(container: { readonly id: string; readonly name: string }): { id: string; name: string } {
  return { id: container.id, name: container.name };
}
