import type { WrittenDependency } from "./dependencies.ts";
import type { InstanceSpec } from "./instance.ts";
import type { PlacedMount } from "./mounts.ts";
import type { Path } from "./path.ts";
import type { Reader } from "./reader.ts";

/** A resolved instance and where it is written, for checks that look at several. */
export interface Placed {
  readonly spec: Omit<InstanceSpec, "dependsOn">;
  /** The name without a replica's number. */
  readonly base: string;
  readonly path: Path;
  readonly reader: Reader;
  readonly mounts: readonly PlacedMount[];
  readonly dependencies: readonly WrittenDependency[];
}
