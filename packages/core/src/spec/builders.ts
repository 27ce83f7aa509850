import { posix } from "node:path";
import type { ContainerConfig } from "./config.ts";
import type { InstanceSpec, SourceSpec } from "./instance.ts";
import type { ResolvedFleet } from "./policy.ts";
import { defaultHeal, defaultPolicy } from "./policy-defaults.ts";

/** A container of `fleet-test:1` that sleeps, changed by `changes`. */
export function containerConfig(changes: Partial<ContainerConfig> = {}): ContainerConfig {
  return { image: "fleet-test:1", command: ["sleep", "infinity"], ...changes };
}

/**
 * An instance `one` of the fleet `test`, changed by `changes`: container name, image reference and bind sources follow
 * from the rest where they are not given.
 */
export function instanceSpec(changes: Partial<InstanceSpec> = {}): InstanceSpec {
  const { fleet = "test", name = "one", config = containerConfig() } = changes;
  return {
    fleet,
    name,
    container: `${fleet}-${name}`,
    image: { ref: config.image, pull: "missing", track: "id" },
    config,
    sources: (config.mounts ?? [])
      .filter((mount) => mount.kind === "bind")
      .map((mount) => sourceSpec({ path: mount.source, target: mount.target }))
      .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)),
    dependsOn: [],
    lifecycle: { kind: "hot" },
    heal: defaultHeal,
    ...changes,
  };
}

/** The directory `/srv/source` without declared ownership, changed by `changes`; it is mounted where it lies. */
export function sourceSpec(changes: Partial<SourceSpec> = {}): SourceSpec {
  const path = posix.normalize(changes.path ?? "/srv/source");
  return { type: "directory", target: path, nested: [], ...changes, path };
}

/** The default policy, changed by `changes`. Instances are sorted. */
export function resolvedFleet(instances: readonly InstanceSpec[], changes: Partial<ResolvedFleet> = {}): ResolvedFleet {
  return {
    name: instances[0]?.fleet ?? "test",
    policy: defaultPolicy,
    instances: instances.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)),
    ...changes,
  };
}
