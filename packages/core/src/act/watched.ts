import { FleetError, isFleetError } from "../errors.ts";
import type { Action } from "../plan/action.ts";
import { type Performed, perform, type Stage } from "./perform.ts";

/** Told of an action before its call is sent, so that a record of the intent can exist first, and after it ended. */
export interface ActionWatch {
  /** The call is sent once this has resolved. */
  readonly started: (action: Action) => void | Promise<void>;
  /** It went through. `duration` in milliseconds. */
  readonly done: (action: Action, duration: number, performed: Performed) => void;
  /** It did not. `duration` in milliseconds. */
  readonly failed: (action: Action, duration: number, error: FleetError) => void;
}

/** Performs one action under the eyes of `watch`. Rejects with the action's `FleetError`. */
export async function performWatched(action: Action, stage: Stage, watch: ActionWatch): Promise<Performed> {
  await watch.started(action);
  const began = stage.wait.now();
  try {
    const performed = await perform(action, stage);
    watch.done(action, stage.wait.now() - began, performed);
    return performed;
  } catch (error) {
    const failure = isFleetError(error)
      ? error
      : new FleetError("Refused", `${action.kind} failed: ${String(error)}`, { cause: error });
    watch.failed(action, stage.wait.now() - began, failure);
    throw failure;
  }
}
