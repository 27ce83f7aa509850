import * as z from "zod/mini";
import type { FleetSpec } from "../fleet-spec.ts";
import { filledText, text } from "../kind.ts";
import { name } from "../name.ts";
import { replicas, varName } from "../policy-kinds.ts";
import { containerShape } from "./container.ts";
import { policySchema } from "./policy.ts";
import { keyOf, scalar, textOf } from "./scalar.ts";
import { field, list, map, record, required } from "./shape.ts";

let schema: ReturnType<typeof makeSchema> | undefined;

/** Made on first use: it takes some milliseconds that a start without a spec need not spend. */
export function fleetSchema() {
  schema ??= makeSchema();
  return schema;
}

function makeSchema() {
  const container = containerShape();
  return map({
    apiVersion: required("Version of this format.", z.literal("fleet/v1", { error: "`fleet/v1`" })),
    kind: required("What this file is.", z.literal("Fleet", { error: "`Fleet`" })),
    metadata: required(
      "About the fleet.",
      map({ name: required("Of the fleet. Its containers carry it as a label.", scalar(name, "number")) }),
    ),
    spec: required(
      "The fleet.",
      map({
        naming: field("Container names. Default {fleet}-{name}.", () => textOf(filledText)),
        policy: field("Rules for the whole fleet.", policySchema),
        templates: field("What instances have in common, by name.", () => record(keyOf(name), map(container))),
        instances: required(
          "The containers.",
          list(
            map({
              name: required("Unique in the fleet.", scalar(name, "number")),
              template: field("What it is based on; its own keys win.", () => textOf(name)),
              vars: field("Placeholders of its own: {type} where vars has type.", () =>
                record(keyOf(varName), scalar(text, "number", "boolean")),
              ),
              replicas: field("Makes NAME-1 to NAME-N of it.", () => scalar(replicas, "number")),
              ...container,
            }),
          ),
        ),
      }),
    ),
  });
}

/** Fails to compile when the schema lets something through that {@link FleetSpec} does not have. */
export function asWritten(value: z.output<ReturnType<typeof makeSchema>>): FleetSpec {
  return value;
}
