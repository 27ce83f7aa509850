import type { ContainerObservation, Drift, DriftCause, InstancePlan } from "@fleet/core";

/** What was known to differ at the last look. */
export interface KnownDrifts {
  /** Of the container; undefined when there was none. */
  readonly id: string | undefined;
  readonly keys: ReadonlySet<string>;
}

export interface DriftInputs {
  readonly plan: InstancePlan;
  readonly current: ContainerObservation | undefined;
  /** As it was when last seen. */
  readonly seen: ContainerObservation | undefined;
  /** Undefined when the spec has changed since: then it may be the spec that makes it differ. */
  readonly known: KnownDrifts | undefined;
}

/** What has come to differ since the last look although the spec is the same: by hand, mostly. Pure. */
export function freshDrifts({ plan, current, seen, known }: DriftInputs): readonly Drift[] {
  if (known === undefined) return [];
  const isNew = plan.drifts.filter((drift) => !known.keys.has(keyOf(drift)));
  if (isNew.length === 0) return [];
  const isSame = current !== undefined && current.id === known.id;
  // What differs in a container that has not changed differs for what others are: a tag, or whose network it joins.
  const changed = isSame && seen?.id === current.id && shapeOf(seen) !== shapeOf(current);
  return isNew.filter(({ cause, remedy }) => {
    switch (cause) {
      case "host":
        return true;
      case "tagMoved":
        return isSame;
      case "sourceReplaced":
        // A restart for it is told as what befell it.
        return isSame && remedy === "none";
      default:
        return changed;
    }
  });
}

/** What is known to differ now. While a replacement is half-way or something is in the way, not all is compared. Pure. */
export function knownDrifts({ plan, current, known }: DriftInputs): KnownDrifts {
  const whole = plan.blocks.length === 0 && plan.actions.every(({ reason }) => reason !== "ReplacementUnfinished");
  const keys = [...(whole ? [] : (known?.keys ?? [])), ...plan.drifts.map(keyOf)];
  return { id: current?.id, keys: new Set(keys) };
}

/** `resources.memory 256Mi → 64Mi (by hand)`: from what it was to what it has become. */
export function describeDrift({ path, desired, observed, cause }: Drift): string {
  const desiredMoved = cause === "tagMoved" || cause === "sourceReplaced";
  const [before, after] = desiredMoved ? [observed, desired] : [desired, observed];
  return `${path} ${before ?? "none"} → ${after ?? "none"} (${causeTexts[cause]})`;
}

const causeTexts: Readonly<Record<DriftCause, string>> = {
  added: "by hand",
  removed: "by hand",
  changed: "by hand",
  byHand: "by hand",
  host: "on the host",
  tagMoved: "tag moved",
  sourceReplaced: "source replaced",
};

function keyOf({ path, desired, observed }: Drift): string {
  return JSON.stringify([path, desired, observed]);
}

function shapeOf({ name, config }: ContainerObservation): string {
  return JSON.stringify([name, config]);
}
