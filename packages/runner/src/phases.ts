import type { Phase } from "@fleet/core";

/** More is to come by itself. */
export const busyPhases = ["observing", "deciding", "awaitingTurn", "acting"] as const satisfies readonly Phase[];

/** Which instances are in which phase: asked after every change, so it must not take a walk over the fleet. */
export class Phases {
  readonly #phases = new Map<string, Phase>();
  readonly #names = new Map<Phase, Set<string>>();

  set(name: string, phase: Phase): void {
    this.forget(name);
    this.#phases.set(name, phase);
    const names = this.#names.get(phase);
    if (names === undefined) this.#names.set(phase, new Set([name]));
    else names.add(name);
  }

  forget(name: string): void {
    const phase = this.#phases.get(name);
    if (phase === undefined) return;
    this.#phases.delete(name);
    this.#names.get(phase)?.delete(name);
  }

  has(name: string, phase: Phase): boolean {
    return this.#phases.get(name) === phase;
  }

  isAnybodyIn(...phases: readonly Phase[]): boolean {
    return phases.some((phase) => (this.#names.get(phase)?.size ?? 0) > 0);
  }

  /** As they came into it. */
  in(phase: Phase): readonly string[] {
    return [...(this.#names.get(phase) ?? [])];
  }
}
