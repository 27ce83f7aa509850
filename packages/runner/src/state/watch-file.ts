import type { Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { type Clock, errnoOf } from "@fleet/core";
import { sleep } from "../sleep.ts";

// Looks at intervals: the kernel's notices come for an inode or a folder, and miss a symlink that is turned to another
// file, a folder that is made anew, and filesystems that others write to (measured with chokidar, whose own polling
// also misses a file that is replaced by an older one).

/** Milliseconds between two looks: while nothing changes, since each costs a fleet at rest something, and after a change. */
const calm = 500;
const stirred = 100;

/** So many looks that each find something new make one change, at the latest. */
const most = 4;

/**
 * Calls `onChange`, which must not throw, when the file that `path` leads to has changed, appeared or vanished, once
 * for changes in quick succession and within a second. The next look waits for what it returns. Resolves once what is
 * there has been noted; goes on until the signal aborts.
 */
export async function watchFile(
  path: string,
  onChange: () => void | Promise<void>,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const first = await look(path);
  void keepLooking(path, first, onChange, clock, signal);
}

async function keepLooking(
  path: string,
  first: string,
  onChange: () => void | Promise<void>,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  let told = first;
  let before = first;
  for (let unsettled = 0; await passes(unsettled === 0 ? calm : stirred, clock, signal); ) {
    const now = await look(path);
    const settled = now === before;
    before = now;
    if (now === told && settled) unsettled = 0;
    else if (!settled && unsettled + 1 < most) unsettled += 1;
    else if (!signal.aborted) {
      told = now;
      unsettled = 0;
      await onChange();
    }
  }
}

/** Whether the time passed before the signal aborted. */
async function passes(milliseconds: number, clock: Clock, signal: AbortSignal): Promise<boolean> {
  return sleep(clock, milliseconds, signal).then(
    () => true,
    () => false,
  );
}

/** Differs when the file does. */
async function look(path: string): Promise<string> {
  try {
    return mark(await stat(path));
  } catch (error) {
    return errnoOf(error) ?? String(error);
  }
}

function mark({ dev, ino, size, mtimeMs, ctimeMs }: Stats): string {
  return `${dev} ${ino} ${size} ${mtimeMs} ${ctimeMs}`;
}
