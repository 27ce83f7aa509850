import { fleetJsonSchema } from "@fleet/core";
import type { Run } from "../commands.ts";
import { exit } from "../exit.ts";

export const schema: Run<object> = async (program) => {
  program.stdout.write(`${JSON.stringify(fleetJsonSchema(), null, 2)}\n`);
  return exit.done;
};
