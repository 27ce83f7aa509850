import { isAbsolute, join } from "node:path";
import { makePrivateFolder } from "./private-folder.ts";

/** What the choice of a state folder rests on. */
export interface StateInputs {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly uid: number;
  /** Name of the fleet. */
  readonly fleet: string;
}

/**
 * Where a fleet's loop and commands keep what must outlive them: below what systemd gives (STATE_DIRECTORY), else
 * `$XDG_STATE_HOME/fleet`, else `/var/lib/fleet` for root and `~/.local/state/fleet` for others. Paths in the
 * environment that are not absolute count as not given.
 */
export function stateFolder({ env, home, uid, fleet }: StateInputs): string {
  const given = absolute(env.STATE_DIRECTORY?.split(":")[0]);
  if (given !== undefined) return join(given, fleet);
  const stateHome = absolute(env.XDG_STATE_HOME) ?? (uid === 0 ? "/var/lib" : join(home, ".local/state"));
  return join(stateHome, "fleet", fleet);
}

/**
 * Makes it when missing, for its owner alone. `Forbidden` for a symlink and for somebody else's folder, `Conflict` for
 * what is no folder; else what the filesystem answered.
 */
export function makeStateFolder(folder: string, uid: number): Promise<void> {
  return makePrivateFolder(
    folder,
    uid,
    "Set XDG_STATE_HOME to a folder of your own, or run this as the owner of that one.",
  );
}

function absolute(path: string | undefined): string | undefined {
  return path !== undefined && isAbsolute(path) ? path : undefined;
}
