import {
  type Action,
  type ActionReport,
  type ActionWatch,
  type Clock,
  describeAction,
  type Engine,
  type FleetError,
  type Host,
  type InstanceEvent,
  type InstancePlan,
  type InstanceSpec,
  type Observation,
  performWatched,
  type Stage,
  sharedKey,
} from "@fleet/core";
import { Once } from "./once.ts";
import { sleep } from "./sleep.ts";

export interface ActsOptions {
  readonly engine: Engine;
  readonly host: Host;
  readonly fleet: string;
  readonly clock: Clock;
  /** What begins waits for it: a record of the intent can exist first. */
  readonly say: (event: Omit<InstanceEvent, "at">) => void | Promise<void>;
  readonly onProgress?: (instance: string, line: string) => void;
}

/** How long a container without a health check must keep running for its start to be believed. Milliseconds. */
export const settleTime = 300;
/** How long a replacement waits for the new container to become ready. Milliseconds. */
const readyTimeout = 60_000;

/** Performs plans: each action once, what instances share once for all, everything reported. */
export class Acts {
  readonly #options: ActsOptions;
  readonly #once: Once;

  constructor(options: ActsOptions) {
    this.#options = options;
    this.#once = new Once(() => options.clock.now());
  }

  /**
   * Performs the plan's actions in order; rejects with the `FleetError` of the first that fails. `before`: asked before
   * each, and none follows that it rejects.
   */
  async perform(
    plan: InstancePlan,
    spec: InstanceSpec | undefined,
    observation: Observation,
    signal: AbortSignal,
    before?: (action: Action) => Promise<void>,
  ): Promise<void> {
    const watch = this.#watch(plan.instance);
    const helperImage = heldImage(plan, spec, observation);
    let successor: string | undefined;
    for (const action of plan.actions) {
      await before?.(action);
      const work = async (): Promise<void> => {
        const stage = {
          ...this.#stage(plan.instance, spec, helperImage, signal),
          ...(successor !== undefined && { successor }),
        };
        successor = (await performWatched(action, stage, watch)).created ?? successor;
      };
      const key = sharedKey(action);
      await (key === null ? work() : this.#once.run(key, observation.at, work));
    }
  }

  /** Performs one action that no plan asked for. Rejects with its `FleetError`. */
  async performOne(
    instance: string,
    action: Action,
    spec: InstanceSpec | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    await performWatched(action, this.#stage(instance, spec, undefined, signal), this.#watch(instance));
  }

  #stage(
    instance: string,
    spec: InstanceSpec | undefined,
    helperImage: string | undefined,
    signal: AbortSignal,
  ): Stage {
    const { engine, host, fleet, clock, onProgress } = this.#options;
    return {
      engine,
      host,
      fleet,
      lifecycle: spec?.lifecycle ?? { kind: "hot" },
      ...(helperImage !== undefined && { helperImage }),
      wait: {
        sleep: (ms, waitSignal) => sleep(clock, ms, waitSignal),
        now: () => clock.monotonic(),
        readyTimeout,
        settleTime,
      },
      signal,
      ...(onProgress && { onProgress: (line: string) => onProgress(instance, line) }),
    };
  }

  #watch(instance: string): ActionWatch {
    const { say } = this.#options;
    const report = (action: Action): ActionReport => {
      const { kind, reason, causes } = action;
      return { kind, description: describeAction(action), reason, causes };
    };
    return {
      started: (action) =>
        say({
          type: "Normal",
          reason: "ActionStarted",
          instance,
          message: describeAction(action),
          action: report(action),
        }),
      done: (action, duration, { warning, created }) =>
        void say({
          type: warning === undefined ? "Normal" : "Warning",
          reason: "ActionDone",
          instance,
          message: warning ?? describeAction(action),
          action: { ...report(action), duration, ...(created !== undefined && { created }) },
        }),
      failed: (action, duration, error: FleetError) =>
        void say({
          type: "Warning",
          reason: "ActionFailed",
          instance,
          message: error.message,
          action: { ...report(action), duration, error: { code: error.code, message: error.message } },
        }),
    };
  }
}

/** What a helper container may run: whatever image the engine surely holds, the instance's own or what it runs now. */
function heldImage(plan: InstancePlan, spec: InstanceSpec | undefined, observation: Observation): string | undefined {
  const pulled = plan.actions.some((action) => action.kind === "pullImage");
  const held = spec !== undefined && (pulled || observation.images[spec.image.ref] !== undefined);
  return held ? spec.image.ref : observation.containers[plan.instance]?.[0]?.imageId;
}
