import { FleetError } from "@fleet/core";
import type { Run } from "../commands.ts";
import { hostLoop } from "../daemon/host.ts";
import type { RunOptions } from "../daemon/options.ts";
import { Interrupts } from "../interrupts.ts";

export const run: Run<RunOptions> = async (program, output, options) => {
  if (options.file === "-" && !options.once) {
    throw new FleetError("Invalid", "stdin cannot be followed: fleet run needs a file", {
      hint: "name it with -f FILE, or add --once",
    });
  }
  const interrupts = new Interrupts(program.signals);
  try {
    return await Promise.race([hostLoop(program, output, options, interrupts), interrupts.aborted]);
  } finally {
    interrupts.dispose();
  }
};
