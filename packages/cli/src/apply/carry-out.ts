import { describeAction, type Plan } from "@fleet/core";
import type { ApplyOptions, ApplyResult } from "@fleet/runner";
import type { Interrupts } from "../interrupts.ts";
import type { Output } from "../output.ts";
import type { Program } from "../program.ts";
import { lineProgress } from "./line-progress.ts";
import { LiveProgress } from "./live-progress.ts";
import type { Progress } from "./progress.ts";

export interface Order
  extends Pick<ApplyOptions, "engine" | "host" | "fleet" | "apply" | "remove" | "leases" | "force" | "timeout"> {
  /** Aborts when another process may change the fleet: nothing more is begun. */
  readonly lost: AbortSignal;
}

/**
 * Lets the runner do what was agreed on, and shows how it goes. Rejects with `Interrupted` on the second signal, and with
 * what `lost` says.
 */
export async function carryOut(
  program: Program,
  output: Output,
  interrupts: Interrupts,
  plan: Plan,
  { lost, ...order }: Order,
): Promise<ApplyResult> {
  const { applyFleet } = await import("@fleet/runner");
  const progress = createProgress(program, output, plan, order.apply.length + (order.remove?.names.length ?? 0));
  const sayStopping = (): void =>
    progress.note(`${output.paint("warning", "Stopping")} once what is under way has ended. Again: stop at once.\n`);
  interrupts.stop.addEventListener("abort", sayStopping);
  try {
    const work = applyFleet({
      ...order,
      clock: program.clock,
      signal: AbortSignal.any([interrupts.stop, lost]),
      onEvent: (event) => progress.event(event),
      onProgress: (instance, line) => progress.detail(instance, line),
    });
    const result = await Promise.race([work, interrupts.aborted]);
    lost.throwIfAborted();
    return result;
  } finally {
    interrupts.stop.removeEventListener("abort", sayStopping);
    progress.end();
  }
}

function createProgress(program: Program, output: Output, plan: Plan, total: number): Progress {
  const actions = plan.instances.flatMap((instance) => instance.actions);
  const columns = {
    instance: Math.max(0, ...plan.instances.map((instance) => instance.instance.length)),
    description: Math.min(60, Math.max(0, ...actions.map((action) => describeAction(action).length))),
  };
  const live = output.people.isTTY === true && program.env.TERM !== "dumb";
  return live ? new LiveProgress(output, program.clock, columns, total) : lineProgress(output, columns);
}
