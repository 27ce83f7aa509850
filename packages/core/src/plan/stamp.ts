import { ownedBy } from "../diff/diff.ts";
import type { Facts } from "../diff/field.ts";
import { labelSchema, labels, writeOwned } from "../observe/labels.ts";
import type { ContainerConfig } from "../spec/config.ts";
import type { InstanceSpec } from "../spec/instance.ts";

/** The config as it is sent at create: what the spec declares, and our labels. */
export function stampedConfig(spec: InstanceSpec, facts: Facts): ContainerConfig {
  return {
    ...spec.config,
    labels: {
      ...spec.config.labels,
      [labels.fleet]: spec.fleet,
      [labels.instance]: spec.name,
      [labels.owned]: writeOwned(ownedBy(facts)),
      [labels.schema]: labelSchema,
    },
  };
}
