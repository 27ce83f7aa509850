import type { ContainerObservation, ContainerState, ContainerSummary } from "../observe/container.ts";
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
 * | name, `.old`; the new one failed, is dead or crashes over and over | started, not ready | taken back |
 * | name, `.old`; the new one never started, is paused or on its way | renamed | carried on: woken, awaited, the old one removed |
 *
 * The same for a lazy one, which runs at the end if the old one ran when its successor was made, and else is idle.
 */
export function planUnfinished(name: string, found: Candidates, written: Lifecycle, at: number): Action[] | null {
  const { current, successor, predecessor, adoptee } = found;
  if (successor === undefined && predecessor === undefined) return null;
  const lifecycle: Lifecycle = written.kind === "lazy" && oldOneRan(found) ? { kind: "hot" } : written;
  const steps: ActionStep[] = [];
  if (successor !== undefined) steps.push({ kind: "removeContainer", container: handle(successor), force: true });
  if (predecessor === undefined) {
    const wake = current && planPhase(current, lifecycle).step;
    if (wake !== undefined) steps.push(wake);
    if (adoptee !== undefined) steps.push(...wakeAgain(adoptee, lifecycle));
  } else if (current === undefined) {
    steps.push(...takeBack(name, predecessor, lifecycle));
  } else if (hasFailed(current, lifecycle, at)) {
    steps.push({ kind: "removeContainer", container: handle(current), force: true });
    steps.push(...takeBack(name, predecessor, lifecycle));
  } else {
    const { step: wake } = planPhase(current, lifecycle);
    if (wake !== undefined) steps.push(wake);
    if (lifecycle.kind !== "lazy") steps.push({ kind: "awaitReady", container: handle(current) });
    // An engine that was restarted meanwhile may have started it again.
    steps.push(...planStop(predecessor));
    steps.push({ kind: "removeContainer", container: handle(predecessor), force: false });
  }
  return because("ReplacementUnfinished", [], steps);
}

function takeBack(name: string, predecessor: ContainerSummary, lifecycle: Lifecycle): ActionStep[] {
  return [{ kind: "renameContainer", container: handle(predecessor), name }, ...wakeAgain(predecessor, lifecycle)];
}

function wakeAgain(old: ContainerSummary, lifecycle: Lifecycle): ActionStep[] {
  // A one-shot has done its work, and running it again is not ours to decide; a lazy one was idle.
  if (lifecycle.kind !== "hot" || old.phase === "running" || old.phase === "restarting") return [];
  return [{ kind: old.phase === "paused" ? "unpauseContainer" : "startContainer", container: handle(old) }];
}

/** Whether the old container ran when its successor was made: it still does, or ended after that. */
function oldOneRan({ current, successor, predecessor, adoptee }: Candidates): boolean {
  const old: (ContainerSummary & { readonly state?: ContainerState }) | undefined = predecessor ?? adoptee ?? current;
  const made = successor ?? current;
  if (old === undefined || made === undefined || old.phase === "created") return false;
  // When one that is not ours ended is not known: rather started in vain than left stopped.
  if (planStop(old).length > 0 || old.state === undefined) return true;
  return old.state.finishedAt !== undefined && old.state.finishedAt >= made.createdAt;
}

/** A new container that the engine's restart policy keeps alive has already crashed at least once. */
function hasFailed(current: ContainerObservation, lifecycle: Lifecycle, at: number): boolean {
  const { state, word } = readiness(current, lifecycle, at);
  return state === "failed" || word === "restarting" || word === "dead";
}

function handle(container: { readonly id: string; readonly name: string }): { id: string; name: string } {
  return { id: container.id, name: container.name };
}
