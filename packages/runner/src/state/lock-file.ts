import { randomUUID } from "node:crypto";
import { open, rename, rm, stat, writeFile } from "node:fs/promises";
import { errnoOf, FleetError } from "@fleet/core";
import { publish, readOptional, writeDraft } from "./atomic-file.ts";
import { liveness, markProgram, type ProgramMark } from "./liveness.ts";

// Own code, since what is to be had either leaves two winners when two replace a dead holder at the same time, or
// listens to the process's signals, which ends an embedder that listens to one of them once.
//
// The lock is a file with the record of its holder, linked into place whole. Its id is never used again, and who
// replaces a holder does so by linking a file that is named after that id: one of all that try succeeds, and is the
// holder from then on. So the holders form a chain whose last one holds the lock; the chain is then made short again.

const schema = "fleet.lock/v1";

/** Milliseconds between two signs of life of a holder. */
export const beatInterval = 5000;

/** Milliseconds without one, after which a holder that cannot be seen from here counts as gone. */
export const staleAfter = 20_000;

/** Who has the right to change a fleet on an engine. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** The command: `fleet run`. */
  readonly what: string;
}

interface LockRecord {
  readonly schema: typeof schema;
  readonly id: string;
  readonly holder: LockHolder;
  readonly program: ProgramMark;
}

/** Takes the lock at `path`, or says who has it. Rejects with what the filesystem answered, `Invalid` for a broken file. */
export async function tryLock(path: string, holder: LockHolder): Promise<HeldLock | LockHolder> {
  const program = await markProgram(holder.pid, holder.host);
  const held = (await readChain(path)).at(-1)?.record;
  if (held !== undefined && (await liveness(held.program, program)) === "alive") return held.holder;
  const record: LockRecord = { schema, id: randomUUID(), holder, program };
  const draft = await writeDraft(path, text(record));
  try {
    return await take(path, draft, record);
  } finally {
    await rm(draft, { force: true });
  }
}

/** Who has the lock at `path`; one that cannot be seen from `here` counts. Takes nothing. Rejects as {@link tryLock} does. */
export async function readHolder(
  path: string,
  here: Pick<LockHolder, "pid" | "host">,
): Promise<LockHolder | undefined> {
  const held = (await readChain(path)).at(-1)?.record;
  if (held === undefined) return undefined;
  return (await liveness(held.program, await markProgram(here.pid, here.host))) === "gone" ? undefined : held.holder;
}

async function take(path: string, draft: string, record: LockRecord): Promise<HeldLock | LockHolder> {
  for (;;) {
    const last = (await readChain(path)).at(-1);
    if (last === undefined) {
      if (await publish(draft, path)) return new HeldLock(path, record);
      continue;
    }
    const fate = await fateOf(last, draft, record);
    if (fate === "moved") continue;
    if (fate === "alive") return last.record.holder;
    const place = successor(path, last.record);
    if (!(await publish(draft, place))) continue;
    const chain = await readChain(path);
    if (chain.at(-1)?.record.id === record.id) {
      await rename(draft, path);
      for (const link of chain.slice(1)) await rm(link.path, { force: true });
      return new HeldLock(path, record);
    }
    // The lock has passed on since it was read, and the one that was to be replaced is no longer in the chain.
    await rm(place, { force: true });
  }
}

/** Of the present holder; `moved` when its record is no longer where it was. */
async function fateOf({ record, path }: Link, draft: string, mine: LockRecord): Promise<"alive" | "gone" | "moved"> {
  const seen = await liveness(record.program, mine.program);
  if (seen !== "unknown") return seen;
  // Both times are the filesystem's, so that the clocks of two hosts need not agree.
  await writeFile(draft, text(mine));
  const [now, beat] = await Promise.all([stat(draft), statOptional(path)]);
  if (beat === undefined) return "moved";
  return Math.abs(now.mtimeMs - beat.mtimeMs) > staleAfter ? "gone" : "alive";
}

/** A lock that was won. */
export class HeldLock {
  readonly path: string;
  readonly #record: LockRecord;

  constructor(path: string, record: LockRecord) {
    this.path = path;
    this.#record = record;
  }

  /** Shows that the holder lives. False when another has taken the lock; rejects when that cannot be seen. */
  async beat(): Promise<boolean> {
    const file = await openOptional(this.path);
    if (file === undefined) return false;
    try {
      const content = await file.readFile("utf8");
      if (parse(this.path, content).id !== this.#record.id) return false;
      if ((await statOptional(successor(this.path, this.#record))) !== undefined) return false;
      // The same text again, for the time that the filesystem gives it. On a full disk the lock is still held.
      await file.write(content, 0).catch(() => undefined);
      return true;
    } finally {
      await file.close();
    }
  }

  /** Leaves alone what another has taken. */
  async release(): Promise<void> {
    const place = successor(this.path, this.#record);
    const draft = await writeDraft(this.path, text({ ...this.#record, id: randomUUID() }));
    try {
      // As its own successor nobody else can be one, so that the file is still ours when it is removed.
      if (!(await publish(draft, place))) return;
      const [first] = await readChain(this.path);
      if (first?.record.id === this.#record.id) await rm(this.path, { force: true });
      await rm(place, { force: true });
    } finally {
      await rm(draft, { force: true });
    }
  }
}

interface Link {
  readonly record: LockRecord;
  /** The file that it was read from. */
  readonly path: string;
}

/** All holders that nobody has tidied up after, the present one last; none when the lock is free. */
async function readChain(path: string): Promise<readonly Link[]> {
  const chain: Link[] = [];
  for (let place = path; ; ) {
    const content = await readOptional(place);
    if (content === undefined) return chain;
    const record = parse(place, content);
    chain.push({ record, path: place });
    place = successor(path, record);
  }
}

function successor(path: string, { id }: LockRecord): string {
  return `${path}.after-${id}`;
}

function text(record: LockRecord): string {
  return `${JSON.stringify(record)}\n`;
}

function parse(path: string, content: string): LockRecord {
  try {
    const record: LockRecord = JSON.parse(content);
    const { schema: found, id, holder, program } = record;
    if (found === schema && /^[\w-]+$/.test(id) && holder.pid > 0 && program.pid > 0) return record;
  } catch {
    // Said below.
  }
  throw new FleetError("Invalid", `${path}: found something else than a lock (${schema})`, {
    hint: `When no fleet command is running, remove it: rm '${path}'.`,
  });
}

async function openOptional(path: string) {
  try {
    return await open(path, "r+");
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

async function statOptional(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
