import type { OutputStream, Program } from "../program.ts";

/** Whether `stream` gets colours: `--no-color`, then NO_COLOR, then FORCE_COLOR, then whether it is a terminal. */
export function wantsColor({ env }: Program, stream: OutputStream, allowed: boolean): boolean {
  if (!allowed || env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== "0" && env.FORCE_COLOR !== "false";
  return stream.isTTY === true && env.TERM !== "dumb";
}
