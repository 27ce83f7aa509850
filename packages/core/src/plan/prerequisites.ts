import type { Observation } from "../observe/observation.ts";
import type { InstanceSpec } from "../spec/instance.ts";
import type { Action } from "./action.ts";
import { because } from "./lifecycle.ts";
import type { Block } from "./plan.ts";

export interface Prerequisites {
  readonly actions: readonly Action[];
  readonly blocks: readonly Block[];
}

/** Networks that every engine has. */
const builtInNetworks: ReadonlySet<string> = new Set(["bridge", "host", "none"]);

/** Volumes that the instance mounts. */
export function volumesOf({ config }: InstanceSpec): readonly string[] {
  return (config.mounts ?? []).flatMap((mount) => (mount.kind === "volume" ? [mount.source] : []));
}

/** Networks that the instance joins and that somebody has to make. */
export function networksOf({ config }: InstanceSpec): readonly string[] {
  return Object.keys(config.networks ?? {}).filter((name) => !builtInNetworks.has(name));
}

/**
 * What must exist before something is done to the container: its image (only when one is to be created), volumes and
 * networks.
 */
export function planPrerequisites(
  spec: InstanceSpec,
  observation: Observation,
  { actions, creates }: { readonly actions: readonly Action[]; readonly creates: boolean },
): Prerequisites {
  if (actions.length === 0) return { actions: [], blocks: [] };
  const image = creates ? planImage(spec, observation) : { actions: [], blocks: [] };
  return {
    actions: [
      ...image.actions,
      ...because(
        "VolumeMissing",
        [],
        missing(volumesOf(spec), observation.volumes).map((volume) => ({ kind: "createVolume", volume })),
      ),
      ...because(
        "NetworkMissing",
        [],
        missing(networksOf(spec), observation.networks).map((network) => ({ kind: "createNetwork", network })),
      ),
    ],
    blocks: image.blocks,
  };
}

function planImage({ image }: InstanceSpec, observation: Observation): Prerequisites {
  const held = observation.images[image.ref] !== undefined;
  if (held && image.pull !== "always") return { actions: [], blocks: [] };
  if (image.pull !== "never") {
    return { actions: because("ImageMissing", ["image"], [{ kind: "pullImage", ref: image.ref }]), blocks: [] };
  }
  return {
    actions: [],
    blocks: [
      {
        reason: "ImageUnavailable",
        message: `image ${image.ref} is not on the engine, and its pull policy is "never"`,
        hint: `build or load it, or set image.pull to "missing"`,
        waits: false,
      },
    ],
  };
}

function missing(names: readonly string[], present: ReadonlySet<string>): string[] {
  return [...new Set(names)].filter((name) => !present.has(name)).sort();
}
