import type { Lifecycle } from "../spec/instance.ts";
import type { Action, ActionStep } from "./action.ts";
import type { Candidates } from "./candidates.ts";
import { because, readiness } from "./lifecycle.ts";

/**
 * What a replacement that stopped half-way left to do; null when nothing is left over.
 *
 * | names that exist | how far it came | what is done |
 * |---|---|---|
 * | name, `.next` | successor created | the successor is removed; the drift, if still there, plans anew |
 * | `.old` (and `.next`) | old one renamed | taken back: the old one gets its name again |
 * | name, `.old`; the new one failed | started, not ready | taken back |
 * | name, `.old`; the new one never started or is on its way | renamed | carried on: started, awaited, the old one removed |
 */
export function planUnfinished(name: string, found: Candidates, lifecycle: Lifecycle): Action[] | null {
  const { current, successor, predecessor } = found;
  if (successor === undefined && predecessor === undefined) return null;
  const steps: ActionStep[] = [];
  if (successor !== undefined) steps.push({ kind: "removeContainer", container: handle(successor), force: true });
  if (predecessor !== undefined) {
    const old = handle(predecessor);
    const restore: ActionStep[] = [
      { kind: "renameContainer", container: old, name },
      // A one-shot has done its work; running it again is not ours to decide.
      ...(lifecycle.kind === "hot" ? [{ kind: "startContainer", container: old } as const] : []),
    ];
    if (current === undefined) {
      steps.push(...restore);
    } else if (readiness(current, lifecycle).state === "failed") {
      steps.push({ kind: "removeContainer", container: handle(current), force: true }, ...restore);
    } else {
      if (current.state.phase === "created") steps.push({ kind: "startContainer", container: handle(current) });
      steps.push(
        { kind: "awaitReady", container: handle(current) },
        { kind: "removeContainer", container: old, force: false },
      );
    }
  }
  return because("ReplacementUnfinished", [], steps);
}

function handle(container: { readonly id: string; readonly name: string }): { id: string; name: string } {
  return { id: container.id, name: container.name };
}
