import { hostname } from "node:os";
import type { Program } from "../program.ts";

/** Who gives this command: `alice@box`. */
export function person({ env, uid }: Program): string {
  const name = [env.SUDO_USER, env.USER, env.LOGNAME].find((one) => one !== undefined && one !== "");
  return `${name ?? (uid === 0 ? "root" : `uid ${uid}`)}@${hostname()}`;
}
