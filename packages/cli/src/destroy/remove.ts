import { type Engine, type FleetError, isFleetError, type Paint } from "@fleet/core";
import type { Program } from "../program.ts";
import { shortDuration } from "../terminal/time.ts";
import type { Belongings } from "./belongings.ts";

export interface Removal {
  readonly kind: "network" | "volume";
  readonly name: string;
  /** Why it is still there. */
  readonly error?: FleetError;
}

/** Removes what goes with the containers, once they are gone; `say` gets a line for each. */
export async function removeBelongings(
  program: Program,
  engine: Engine,
  { networks, volumes }: Belongings,
  say: (line: string) => void,
  paint: Paint,
): Promise<Removal[]> {
  const removals: Removal[] = [];
  const remove = async (kind: Removal["kind"], name: string, call: Promise<void>): Promise<void> => {
    const began = program.clock.monotonic();
    const error = await call.then(
      () => undefined,
      (failure: unknown) => {
        if (isFleetError(failure, "NotFound")) return undefined;
        if (isFleetError(failure)) return failure;
        throw failure;
      },
    );
    const time = paint("dim", shortDuration(program.clock.monotonic() - began));
    const failed = error === undefined ? "" : `\n      ${paint("error", "failed:")} ${error.message}`;
    say(
      `  ${error === undefined ? paint("good", "✓") : paint("error", "✗")} remove ${kind} ${name}  ${time}${failed}\n`,
    );
    removals.push({ kind, name, ...(error !== undefined && { error }) });
  };
  for (const name of networks) await remove("network", name, engine.removeNetwork(name));
  for (const name of volumes) await remove("volume", name, engine.removeVolume(name));
  return removals;
}
