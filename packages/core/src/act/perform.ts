import type { CallOptions, Engine } from "../engine/engine.ts";
import { FleetError, isFleetError } from "../errors.ts";
import type { Host } from "../host/host.ts";
import { labels } from "../observe/labels.ts";
import type { Action, ContainerHandle } from "../plan/action.ts";
import type { Lifecycle } from "../spec/instance.ts";
import { awaitReady, type Wait } from "./ready.ts";

/** What an action needs besides itself. */
export interface Stage {
  readonly engine: Engine;
  readonly host: Host;
  readonly fleet: string;
  readonly lifecycle: Lifecycle;
  /** An image that the engine holds, for the helper container. */
  readonly helperImage?: string;
  /** Id of the container that an earlier action of the same plan created. */
  readonly successor?: string;
  readonly wait: Wait;
  /** Ends a call under way: it rejects with `Cancelled`. */
  readonly signal?: AbortSignal;
  /** Short lines about a pull under way. */
  readonly onProgress?: (line: string) => void;
}

/** What an action brought about. */
export interface Performed {
  /** Id of the container that it created. */
  readonly created?: string;
  /** It worked, but a person should know this. */
  readonly warning?: string;
}

/** Turns one action into its one engine or host call. Rejects with a `FleetError`. */
export async function perform(action: Action, stage: Stage): Promise<Performed> {
  const { engine, host } = stage;
  const options: CallOptions = stage.signal === undefined ? {} : { signal: stage.signal };
  const hostOptions = { ...options, ...(stage.helperImage !== undefined && { helperImage: stage.helperImage }) };
  switch (action.kind) {
    case "pullImage":
      return pull(action.ref, stage, options);
    case "createVolume":
      return alreadyThere(engine.createVolume(action.volume, { [labels.fleet]: stage.fleet }, options));
    case "createNetwork":
      return alreadyThere(engine.createNetwork(action.network, { [labels.fleet]: stage.fleet }, options));
    case "makeSource":
      return skippedPaths(await host.make(action.source, hostOptions));
    case "mendSource":
      return skippedPaths(await host.mend(action.source, action.ownership, hostOptions));
    case "createContainer":
      return { created: await engine.createContainer(action.name, action.config, options) };
    case "startContainer":
      await engine.startContainer(idOf(action.container, stage), options);
      return {};
    case "unpauseContainer":
      await engine.unpauseContainer(idOf(action.container, stage), options);
      return {};
    case "stopContainer":
      await engine.stopContainer(idOf(action.container, stage), options);
      return {};
    case "renameContainer":
      await engine.renameContainer(idOf(action.container, stage), action.name, options);
      return {};
    case "updateContainer":
      await engine.updateContainer(idOf(action.container, stage), action.update, options);
      return {};
    case "connectNetwork":
      await engine.connectNetwork(action.network, idOf(action.container, stage), action.aliases, options);
      return {};
    case "disconnectNetwork":
      await engine.disconnectNetwork(action.network, idOf(action.container, stage), options);
      return {};
    case "awaitReady":
      await awaitReady(engine, idOf(action.container, stage), stage.lifecycle, stage.wait, stage.signal);
      return {};
    case "removeContainer":
      return gone(engine.removeContainer(idOf(action.container, stage), { ...options, force: action.force }));
  }
}

function idOf(container: ContainerHandle, { successor }: Stage): string {
  const id = container.id ?? successor;
  if (id === undefined) throw new FleetError("Invalid", `the plan names ${container.name} before it creates it`);
  return id;
}

/** A pull that fails while the engine holds the image is a warning: what is there is used. */
async function pull(ref: string, { engine, onProgress }: Stage, options: CallOptions): Promise<Performed> {
  try {
    await engine.pullImage(ref, { ...options, ...(onProgress && { onProgress }) });
    return {};
  } catch (error) {
    if (!isFleetError(error) || error.code === "Cancelled" || (await engine.inspectImage(ref, options)) === null)
      throw error;
    return { warning: `${ref} could not be pulled and the local image is used: ${error.message}` };
  }
}

async function alreadyThere(call: Promise<void>): Promise<Performed> {
  await call.catch((error: unknown) => {
    if (!isFleetError(error, "Conflict")) throw error;
  });
  return {};
}

async function gone(call: Promise<void>): Promise<Performed> {
  await call.catch((error: unknown) => {
    if (!isFleetError(error, "NotFound")) throw error;
  });
  return {};
}

function skippedPaths({ skipped }: { readonly skipped: readonly { path: string; why: string }[] }): Performed {
  const [first] = skipped;
  if (first === undefined) return {};
  const others = skipped.length > 1 ? ` and ${skipped.length - 1} more` : "";
  return { warning: `skipped ${first.path} (${first.why})${others}` };
}
