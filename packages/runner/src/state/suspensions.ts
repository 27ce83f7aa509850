import { hostname } from "node:os";
import { join } from "node:path";
import { type Clock, FleetError, hostError, isFleetError, systemClock } from "@fleet/core";
import { sleep } from "../sleep.ts";
import { readOptional, replaceFile } from "./atomic-file.ts";
import { HeldLock, tryLock } from "./lock-file.ts";
import { watchFile } from "./watch-file.ts";

const schema = "fleet.suspensions/v1";

/** Milliseconds between two tries while another writes. */
const retryInterval = 10;

/** Milliseconds of trying, after which nothing is written. */
const patience = 10_000;

/** What people have said about a fleet's instances, as it is on disk. Times are milliseconds since the epoch. */
export interface Suspensions {
  readonly schema: typeof schema;
  readonly instances: Readonly<Record<string, Suspension>>;
  /** When somebody last ended what held the whole fleet. */
  readonly confirmed?: Confirmation;
}

/** Somebody says: hands off. Times are milliseconds since the epoch. */
export interface Suspension {
  readonly since: number;
  /** Absent: until somebody ends it. */
  readonly until?: number;
  readonly reason: string;
  readonly by: string;
}

/** Somebody says: go on all the same. `at` is milliseconds since the epoch. */
export interface Confirmation {
  readonly at: number;
  readonly by: string;
}

/** What is in force for an instance at `now`. */
export function activeSuspension(suspensions: Suspensions, name: string, now: number): Suspension | undefined {
  // Not what every object has: an instance may be called `constructor`.
  const found = Object.hasOwn(suspensions.instances, name) ? suspensions.instances[name] : undefined;
  return found === undefined || (found.until !== undefined && found.until <= now) ? undefined : found;
}

/** Those in the state folder; none when nobody ever wrote any. `Invalid` for a file that holds something else. */
export async function readSuspensions(folder: string): Promise<Suspensions> {
  const path = suspensionsPath(folder);
  try {
    const text = await readOptional(path);
    return text === undefined ? { schema, instances: {} } : parse(path, text);
  } catch (error) {
    throw hostError(error, `cannot read ${path}`, "Permit the user that runs this to read it.");
  }
}

/** In place of what was said before about this instance. Errors as those of {@link readSuspensions}. */
export async function suspend(
  folder: string,
  name: string,
  suspension: Suspension,
  clock: Clock = systemClock,
): Promise<void> {
  await change(folder, clock, (now) => ({ ...now, instances: { ...now.instances, [name]: suspension } }));
}

/** Ends the suspension of one instance, or of all; gives the names of those that had one, sorted. */
export async function resume(folder: string, name: string | undefined, clock: Clock = systemClock): Promise<string[]> {
  let ended: string[] = [];
  await change(folder, clock, (now) => {
    const kept = Object.entries(now.instances).filter(([other]) => name !== undefined && name !== other);
    ended = Object.keys(now.instances).filter((other) => name === undefined || name === other);
    return { ...now, instances: Object.fromEntries(kept) };
  });
  return ended.sort();
}

/** Ends what holds the whole fleet. */
export async function confirm(folder: string, confirmed: Confirmation, clock: Clock = systemClock): Promise<void> {
  await change(folder, clock, (now) => ({ ...now, confirmed }));
}

/**
 * Calls `onChange`, which must not throw, with those that are there now, and again within a second of each change,
 * whoever made it; with the error when they cannot be read. Until the signal aborts.
 */
export async function watchSuspensions(
  folder: string,
  onChange: (suspensions: Suspensions | FleetError) => void,
  options: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const tell = async (): Promise<void> => {
    const read = await readSuspensions(folder).catch((error: unknown) => asFleetError(error));
    if (!options.signal.aborted) onChange(read);
  };
  await watchFile(suspensionsPath(folder), tell, options);
  await tell();
}

function suspensionsPath(folder: string): string {
  return join(folder, "suspensions.json");
}

async function change(folder: string, clock: Clock, edit: (now: Suspensions) => Suspensions): Promise<void> {
  const path = suspensionsPath(folder);
  try {
    const lock = await lockForWriting(path, clock);
    try {
      await replaceFile(path, `${JSON.stringify(sorted(edit(await readSuspensions(folder))), null, 2)}\n`);
    } finally {
      await lock.release();
    }
  } catch (error) {
    throw hostError(error, `cannot write ${path}`, "Permit the user that runs this to write there.");
  }
}

async function lockForWriting(path: string, clock: Clock): Promise<HeldLock> {
  const began = clock.monotonic();
  for (;;) {
    const holder = { pid: process.pid, host: hostname(), since: clock.now(), what: "a change of suspensions" };
    const found = await tryLock(`${path}.lock`, holder);
    if (found instanceof HeldLock) return found;
    if (clock.monotonic() - began > patience) {
      throw new FleetError("Locked", `${path}: held by ${found.what} (pid ${found.pid} on ${found.host})`, {
        hint: "Try again once that process is done.",
      });
    }
    await sleep(clock, retryInterval);
  }
}

function sorted(suspensions: Suspensions): Suspensions {
  const instances = Object.entries(suspensions.instances).sort(([a], [b]) => (a < b ? -1 : 1));
  return { ...suspensions, instances: Object.fromEntries(instances) };
}

function parse(path: string, text: string): Suspensions {
  let value: Partial<Suspensions> | null = null;
  try {
    value = JSON.parse(text);
  } catch {
    // Said below.
  }
  const broken = whatIsBroken(value);
  if (broken === undefined) return value as Suspensions;
  throw new FleetError("Invalid", `${path}: ${broken}`, {
    hint: "Mend it by hand, or remove it: then nothing is suspended.",
  });
}

/** Undefined when nothing is. */
function whatIsBroken(value: Partial<Suspensions> | null): string | undefined {
  if (value?.schema !== schema) return `expected suspensions (${schema})`;
  if (!isObject(value.instances)) return "expected an object at instances";
  for (const [name, suspension] of Object.entries(value.instances)) {
    const { since, until, reason, by } = isObject(suspension) ? suspension : ({} as Partial<Suspension>);
    if (!isTime(since) || !(until === undefined || isTime(until)) || !isText(reason) || !isText(by)) {
      return `expected since, until, reason and by at instances.${name}`;
    }
  }
  const { confirmed } = value;
  if (confirmed !== undefined && !(isObject(confirmed) && isTime(confirmed.at) && isText(confirmed.by))) {
    return "expected at and by at confirmed";
  }
  return undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTime(value: unknown): value is number {
  return Number.isFinite(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function asFleetError(error: unknown): FleetError {
  return isFleetError(error) ? error : new FleetError("Invalid", String(error), { cause: error });
}
