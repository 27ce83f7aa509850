import * as z from "zod/mini";
import { fleetSchema } from "./fleet.ts";

/** The fleet file's JSON Schema (draft 7, which editors understand), generated from what {@link parseFleet} checks. */
export function fleetJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(fleetSchema(), { target: "draft-07", reused: "inline" });
  return { $schema, title: "fleet", description: "A fleet of containers, as the fleet command takes it.", ...schema };
}
