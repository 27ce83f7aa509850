import {
  type Clock,
  FleetError,
  formatDuration,
  type Hold,
  type InstancePlan,
  isFleetError,
  type Observation,
} from "@fleet/core";
import { busyHold, countExecs, cutOf, isForced, leasesInside, whoIsInside } from "./busy.ts";
import type { BusyOptions } from "./busy-plan.ts";
import type { LeaseRecord } from "./lease/lease.ts";

export interface OccupantsOptions extends BusyOptions {
  readonly clock: Clock;
  /** Whoever is inside then is waited for no longer. Monotonic milliseconds. */
  readonly deadline: number;
  /** What a person runs to have it done all the same: `fleet apply`. */
  readonly command: string;
  /** Ends what is asked. */
  readonly signal: AbortSignal;
}

/**
 * Work inside that holds up what would cut it, in one run. Nobody tells when it begins or ends: it is asked for right before
 * something is cut, and at each look while it holds something up.
 */
export class Occupants {
  readonly #options: OccupantsOptions;
  /** Since when, by instance. Monotonic milliseconds. */
  readonly #heldUpSince = new Map<string, number>();

  constructor(options: OccupantsOptions) {
    this.#options = options;
  }

  /**
   * Right before the act. Rejects with `Cancelled` when a plan would cut what may not be cut yet: then the next look says so.
   * And with the engine's `FleetError` when it does not say who is inside: what is not known is not cut.
   */
  async check(plan: InstancePlan, observation: Observation): Promise<void> {
    const { force, clock, policy } = this.#options;
    const heldUpSince = this.#heldUpSince.get(plan.instance);
    if (force || isForced({ heldUpSince }, policy, clock.monotonic())) return;
    const { execs, leases } = await this.#inside(plan, observation);
    if (execs + leases.length === 0) return;
    this.#heldUpSince.set(plan.instance, heldUpSince ?? clock.monotonic());
    throw new FleetError("Cancelled", `${plan.instance} is in use: ${whoIsInside(leases, execs, clock.now())}`);
  }

  /** Whether anybody was found inside an instance that was to be cut. */
  isHeldUp(instance: string): boolean {
    return this.#heldUpSince.has(instance);
  }

  /** Why a plan waits. Without `until` no wait is worth it: whoever is inside stays for as long as they like, or past the run's end. */
  async hold(plan: InstancePlan, observation: Observation): Promise<Hold | undefined> {
    const { clock, policy, deadline, command } = this.#options;
    const { execs, leases } = await this.#inside(plan, observation);
    const moment = { monotonic: clock.monotonic(), now: clock.now() };
    const heldUpSince = this.#heldUpSince.get(plan.instance) ?? moment.monotonic;
    const work = { execs, heldUpSince, vetoedUntil: Number.NEGATIVE_INFINITY };
    const found = busyHold(work, leases, policy, moment);
    if (found === undefined) return undefined;
    const forces = policy.whenBusy === "force";
    if (forces && heldUpSince + policy.drainTimeout < deadline) return found;
    const drained = formatDuration(policy.drainTimeout);
    const hint = forces
      ? `${command} with a --timeout of more than ${drained} waits so long and cuts it; with --force it is cut now`
      : `${command} again once it has ended, or with --force to cut it`;
    return { kind: found.kind, message: found.message, hint };
  }

  async #inside(plan: InstancePlan, observation: Observation): Promise<Inside> {
    const { engine, signal, leases, clock } = this.#options;
    const cut = cutOf(plan, observation);
    if (cut.length === 0) return { execs: 0, leases: [] };
    try {
      return { execs: await countExecs(engine, cut, signal), leases: leasesInside(plan, leases, clock.now()) };
    } catch (error) {
      if (!isFleetError(error, "Forbidden")) throw error;
      throw new FleetError(error.code, `nobody can tell who is inside ${plan.container}: ${error.message}`, {
        hint: "allow GET /exec/ID/json, or pass --force to cut whatever runs inside",
        cause: error,
      });
    }
  }
}

interface Inside {
  readonly execs: number;
  readonly leases: readonly LeaseRecord[];
}
