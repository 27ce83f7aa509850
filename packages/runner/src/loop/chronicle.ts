import {
  type Clock,
  conditionsOf,
  describeAction,
  type Engine,
  type EngineEvent,
  type FleetEvent,
  type InstancePlan,
  type InstanceState,
} from "@fleet/core";
import type { Journal } from "../journal/journal.ts";
import { describeDrift, freshDrifts, knownDrifts } from "./drifts.ts";
import { evidenceOf } from "./evidence.ts";
import type { Member } from "./member.ts";
import { type Trouble, troubleOf } from "./trouble.ts";

export interface ChronicleOptions {
  readonly engine: Pick<Engine, "containerLogs">;
  readonly journal: Pick<Journal, "append">;
  readonly clock: Clock;
  readonly say: (event: Omit<FleetEvent, "at">) => void;
  /** An instance has another container than before. */
  readonly onReplaced: (name: string, ids: { readonly old: string; readonly new: string }) => void;
  /** Whether this is the first look at an instance that an earlier run knew of. */
  readonly isUnmet: (name: string) => boolean;
}

/** Tells what befell each instance, by what looks find. */
export class Chronicle {
  readonly #options: ChronicleOptions;

  constructor(options: ChronicleOptions) {
    this.#options = options;
  }

  /** Writes down the conditions that are not as they were. */
  condition(member: Member, state: InstanceState): void {
    const { clock, journal } = this.#options;
    const now = clock.now();
    const { conditions: previous } = member;
    const conditions = conditionsOf({ state, flapping: member.flaps(clock.monotonic()), previous, now });
    for (const condition of conditions) {
      const before = previous.find(({ type }) => type === condition.type);
      if (state.plan === null || (before?.status === condition.status && before.reason === condition.reason)) continue;
      journal.append({ at: now, instance: member.name, kind: "condition", condition });
    }
    member.conditions = conditions;
  }

  /** What befell it, by what the last look found: said once, with all that is known of it. */
  judge(member: Member, { plan, withheld }: InstanceState): void {
    if (plan === null || member.spec === undefined) return;
    const { clock, say, onReplaced, isUnmet } = this.#options;
    const { current, seen, latest, name, started } = member;
    const unmet = isUnmet(name);
    const trouble = troubleOf({
      healing: { plan, withheld },
      container: member.spec.container,
      current,
      latest: latest ?? (unmet ? "unseen" : undefined),
      seen,
      started,
      events: member.events(clock.monotonic()),
    });
    if (trouble !== undefined && trouble.key !== member.trouble) {
      member.suffer(clock.monotonic());
      member.evidence = this.#secure(member, trouble);
      say({ type: "Warning", reason: trouble.reason, instance: name, message: trouble.message });
    }
    member.trouble = trouble?.key;
    this.#tellDrift(member, plan);
    if (current !== undefined && seen !== undefined && current.id !== seen.id)
      onReplaced(name, { old: seen.id, new: current.id });
    member.seen = current ?? seen;
    const left = withheld.length === 0 ? undefined : withheld.map(describeAction).join(", ");
    if (left !== undefined && left !== member.withheld) {
      const message = `left to a person by the policy: ${left}`;
      say({ type: "Warning", reason: "Withheld", instance: name, message });
    }
    member.withheld = left;
  }

  /** Once for each, before it is mended. What a plan was judged by does not change until the next look. */
  #tellDrift(member: Member, plan: InstancePlan): void {
    if (member.judged === plan) return;
    const { current, seen, name, spec, drifts: known } = member;
    const inputs = { plan, current, seen, known };
    const fresh = freshDrifts(inputs);
    member.judged = plan;
    member.drifts = knownDrifts(inputs);
    if (fresh.length === 0) return;
    const message = `${spec?.container ?? name} drifted: ${fresh.map(describeDrift).join(", ")}`;
    this.#options.say({ type: "Warning", reason: "Drifted", instance: name, message });
  }

  async #secure(member: Member, trouble: Trouble): Promise<void> {
    const { engine, journal, clock } = this.#options;
    const { name, current, seen } = member;
    const events = (): readonly EngineEvent[] => member.take(trouble.id, clock.monotonic());
    const evidence = await evidenceOf(engine, trouble, { current, seen, events });
    journal.append({ at: clock.now(), instance: name, kind: "evidence", evidence });
  }
}
