import {
  type Clock,
  type Engine,
  FleetError,
  type FleetPolicy,
  type Hold,
  type InstancePlan,
  readiness,
  type Turn,
} from "@fleet/core";
import { busyHold, busyRecheck, countExecs, cutBy, isForced } from "../busy.ts";
import type { LeaseRecord } from "../lease/lease.ts";
import type { Leases } from "../lease/leases.ts";
import { Turns } from "../turns.ts";
import type { Moment } from "./holds.ts";
import type { LoopHooks } from "./hooks.ts";
import type { Member } from "./member.ts";

export interface GuardOptions extends Pick<LoopHooks, "beforeDisruption"> {
  readonly engine: Pick<Engine, "listExecs">;
  readonly clock: Clock;
  /** Ends what is asked. */
  readonly signal: AbortSignal;
  readonly leases: Leases;
  readonly policy: FleetPolicy;
}

/** Whether an instance may act now: nobody's work is cut, and not too many are at it. */
export class Guard {
  readonly #options: GuardOptions;
  readonly #turns: Turns;
  /** Of those that restart or replace what works. */
  readonly #disruptions: Turns;
  #policy: FleetPolicy;

  constructor(options: GuardOptions) {
    this.#options = options;
    this.#policy = options.policy;
    this.#turns = new Turns(options.policy.concurrency);
    this.#disruptions = new Turns(options.policy.maxUnavailable);
  }

  /** From now on. */
  follow(policy: FleetPolicy): void {
    this.#policy = policy;
    this.#turns.resize(policy.concurrency);
    this.#disruptions.resize(policy.maxUnavailable);
  }

  /** No more turns. */
  close(): void {
    this.#turns.close();
    this.#disruptions.close();
  }

  /** Work inside that holds up what would cut it. */
  busy(member: Member, moment: Moment): Hold | undefined {
    const hold = busyHold(member, this.#inside(member), this.#policy, moment);
    return hold && { ...hold, ...(member.current && { container: member.current.id }) };
  }

  /** Waits for permission to act. Rejects with `Cancelled` once closed, or when the signal aborts. */
  async turn(member: Member, signal: AbortSignal): Promise<Turn> {
    const { plan, readiness: ready } = member.state;
    const works = ready.state === "ready" && ready.word !== "idle";
    const disrupts = works && (plan?.remedy === "restart" || plan?.remedy === "replace");
    if (plan !== null && cutsRunning(plan, member)) await this.#askInside(member, plan);
    const permit = disrupts ? await this.#disruptions.take(signal) : undefined;
    try {
      const turn = await this.#turns.take(signal);
      return {
        release: () => {
          turn.release();
          permit?.release();
        },
      };
    } catch (error) {
      permit?.release();
      throw error;
    }
  }

  /** Once more, right before the act. @throws FleetError `Cancelled` when somebody has begun to use it since. */
  check(member: Member, plan: InstancePlan): void {
    if (!cutsRunning(plan, member) || this.#inside(member).length === 0 || this.#isForced(member)) return;
    throw new FleetError("Cancelled", `${member.name} is in use since it was looked at`);
  }

  /**
   * Right before the action that cuts: somebody may have begun while it was made ready. Rejects with `Cancelled` then, and with
   * the engine's `FleetError` when it does not say who is inside: what is not known is not cut.
   */
  async confirm(member: Member, plan: InstancePlan): Promise<void> {
    this.check(member, plan);
    const { current, name } = member;
    if (current === undefined || !cutsRunning(plan, member) || this.#isForced(member)) return;
    const { engine, signal } = this.#options;
    member.execs = await countExecs(engine, [current.id], signal);
    if (member.execs > 0) throw new FleetError("Cancelled", `${name} is in use since it was made ready`);
  }

  /** 0 where nobody can tell: then its container is not what it was, and the next look knows. */
  async countExecs({ current }: Member): Promise<number> {
    if (current?.state.phase !== "running") return 0;
    const { engine, signal } = this.#options;
    return countExecs(engine, [current.id], signal).catch(() => 0);
  }

  /** Whose work would be cut. Who waits for a container that cannot be used yet holds up nothing that makes it usable. */
  #inside({ name, spec, current }: Member): readonly LeaseRecord[] {
    const { leases, clock } = this.#options;
    const { state } = readiness(current, spec?.lifecycle ?? { kind: "hot" }, clock.now());
    return current !== undefined && state === "ready" ? leases.of(name) : leases.given(name);
  }

  /** Whether work runs inside that no lease tells of, and whether the embedder agrees: if not, the next look knows. */
  async #askInside(member: Member, plan: InstancePlan): Promise<void> {
    if (this.#isForced(member)) return;
    const { beforeDisruption, clock } = this.#options;
    member.execs = await this.countExecs(member);
    const agreed = await Promise.resolve()
      .then(() => beforeDisruption?.(member.name, plan) ?? true)
      .catch(() => true);
    if (!agreed) member.vetoedUntil = clock.monotonic() + busyRecheck;
    if (!agreed || member.execs > 0) member.instance.wake();
  }

  #isForced(member: Member): boolean {
    return isForced(member, this.#policy, this.#options.clock.monotonic());
  }
}

/** Whether a plan ends what runs in an instance's container now. */
function cutsRunning(plan: InstancePlan, { current }: Member): boolean {
  return current !== undefined && cutBy(plan, [current]).length > 0;
}
