import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { FleetError } from "@fleet/core";
import { ManualClock } from "@fleet/core/testing";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { acquireLock, type Lock, type LockOptions, lockHolder } from "./lock.ts";

const bun = join(import.meta.dirname, "../../../../node_modules/bun/bin/bun.exe");
const host = hostname();

let programs = "";
beforeAll(() => {
  programs = mkdtempSync(join(tmpdir(), "fleet-lock-programs-"));
});
afterAll(() => rmSync(programs, { recursive: true, force: true }));

function scratch(): string {
  const path = mkdtempSync(join(tmpdir(), "fleet-lock-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const demo = { engineId: "e1", holder: { pid: process.pid, host, since: 0, what: "fleet run" } } as const;

async function acquire(folder: string, over: Partial<LockOptions> = {}): Promise<Lock> {
  const lock = await acquireLock({ folder, ...demo, clock: new ManualClock(), ...over });
  onTestFinished(() => lock.release());
  return lock;
}

/** The one lock file of the folder. */
function lockFile(folder: string): string {
  const [name = ""] = readdirSync(folder).filter((file) => file.endsWith(".lock"));
  return join(folder, name);
}

// biome-ignore lint/suspicious/noExplicitAny: what is changed is named where it is
function editRecord(path: string, edit: (record: any) => void): void {
  const record = JSON.parse(readFileSync(path, "utf8"));
  edit(record);
  writeFileSync(path, JSON.stringify(record));
}

/** Compiles a program that imports the sources, for both runtimes; gives its path. */
function program(name: string, text: string): string {
  const [source, compiled] = [join(programs, `${name}.ts`), join(programs, `${name}.mjs`)];
  writeFileSync(source, text.replaceAll("./state/", `${import.meta.dirname}/`));
  execFileSync(bun, ["build", source, "--target=node", "--packages=bundle", `--outfile=${compiled}`], {
    cwd: import.meta.dirname,
    stdio: "pipe",
  });
  return compiled;
}

/** Says "ready", takes the lock at the time that it is told, says how that went, and keeps it until its input ends. */
const contender = `
  import { hostname } from "node:os";
  import { createInterface } from "node:readline";
  import { acquireLock } from "./state/lock.ts";
  const [folder] = process.argv.slice(2);
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  console.log("ready");
  const at = Number((await lines.next()).value);
  while (Date.now() < at);
  const holder = { pid: process.pid, host: hostname(), since: Date.now(), what: "fleet run" };
  const taken = await acquireLock({ folder, engineId: "e1", holder }).then((lock) => lock, (error) => error.code);
  console.log(typeof taken === "string" ? taken : "won");
  await lines.next();
  if (process.argv[3] === "release" && typeof taken !== "string") await taken.release();
  process.exit();
`;

function start(runtime: string, compiled: string, ...args: string[]) {
  const child = spawn(runtime, [compiled, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = once(child, "exit");
  return { child, ended, next: async (): Promise<string> => (await lines.next()).value };
}

describe("one process", () => {
  test("takes the lock, gives it back, and leaves nothing behind", async () => {
    const folder = scratch();
    const clock = new ManualClock();
    const lock = await acquire(folder, { clock });
    expect(readdirSync(folder)).toEqual([expect.stringMatching(/^engine-[0-9a-f]{16}\.lock$/)]);
    await Promise.all([lock.release(), lock.release()]);
    expect([readdirSync(folder), clock.pending, lock.lost.aborted]).toEqual([[], 0, false]);
    await acquire(folder);
  });

  test("has a lock for each engine, whatever the engine's id is", async () => {
    const folder = scratch();
    for (const engineId of ["e1", "e2", "../e1", "", "A:B/C"]) await acquire(folder, { engineId });
    expect(readdirSync(folder)).toHaveLength(5);
  });

  test("listens to no signal and keeps no process alive", async () => {
    const path = program(
      "forgetful",
      `import { hostname } from "node:os";
       import { acquireLock } from "./state/lock.ts";
       const before = process.eventNames().length;
       const holder = { pid: process.pid, host: hostname(), since: 0, what: "fleet apply" };
       await acquireLock({ folder: process.argv[2], engineId: "e1", holder });
       console.log(process.eventNames().length - before);`,
    );
    for (const runtime of [process.execPath, bun]) {
      const folder = scratch();
      expect(execFileSync(runtime, [path, folder], { encoding: "utf8", timeout: 20_000 })).toBe("0\n");
      await acquire(folder);
    }
  });
});

describe("who does not wait", () => {
  test("is told who holds the lock, since when, and what to do", async () => {
    const folder = join(scratch(), "demo");
    mkdirSync(folder);
    const today = new Date(2025, 5, 1, 14, 2);
    const clock = new ManualClock(today.getTime() + 60_000);
    await acquire(folder, { clock, holder: { ...demo.holder, since: today.getTime() } });
    await expect(acquire(folder, { clock })).rejects.toEqual(
      new FleetError(
        "Locked",
        `fleet demo on this engine is held by fleet run (pid ${process.pid} on ${host} since 14:02)`,
        {
          hint: `Edit the fleet file, and it follows within a second; or stop it: kill ${process.pid}.`,
        },
      ),
    );
    clock.advance(24 * 3_600_000);
    await expect(acquire(folder, { clock })).rejects.toThrow("since 2025-06-01 14:02)");
  });

  test("is told to wait for one that comes to an end", async () => {
    const folder = scratch();
    await acquire(folder, { holder: { ...demo.holder, what: "fleet apply" } });
    await expect(acquire(folder)).rejects.toMatchObject({
      hint: `Wait until it is done, or stop it: kill ${process.pid}.`,
    });
  });

  test("is told of a lock file that holds something else", async () => {
    const folder = scratch();
    await (await acquire(folder)).release();
    const lock = await acquire(folder);
    const path = lockFile(folder);
    await lock.release();
    writeFileSync(path, "pid 4121\n");
    await expect(acquire(folder)).rejects.toEqual(
      new FleetError("Invalid", `${path}: found something else than a lock (fleet.lock/v1)`, {
        hint: `When no fleet command is running, remove it: rm '${path}'.`,
      }),
    );
    expect(readFileSync(path, "utf8")).toBe("pid 4121\n");
  });

  test("is told of a folder that is not there", async () => {
    await expect(acquire(join(scratch(), "none"))).rejects.toMatchObject({ code: "NotFound" });
  });
});

test("who has the lock is told without touching it, and one that is gone has it no longer", async () => {
  const folder = scratch();
  const who = () => lockHolder({ folder, engineId: "e1", pid: process.pid, host });
  expect(await who()).toBeUndefined();
  await acquire(folder);
  const text = readFileSync(lockFile(folder), "utf8");
  expect(await who()).toEqual(demo.holder);
  expect([readdirSync(folder).length, readFileSync(lockFile(folder), "utf8")]).toEqual([1, text]);
  editRecord(lockFile(folder), (record) => {
    record.program.started = "1";
  });
  expect(await who()).toBeUndefined();
});

describe("who waits", () => {
  test("hears once of each holder, and has the lock when it is free", async () => {
    const folder = scratch();
    const clock = new ManualClock();
    const first = await acquire(folder, { holder: { ...demo.holder, since: 1 } });
    const waitingFor: number[] = [];
    const wait = {
      signal: new AbortController().signal,
      onWaiting: ({ since }: { since: number }) => waitingFor.push(since),
    };
    let taken: Lock | undefined;
    const waiting = acquire(folder, { clock, wait }).then((lock) => {
      taken = lock;
    });
    const tries = async (count: number): Promise<void> => {
      for (let done = 0; done < count; done += 1) {
        while (clock.pending === 0) await new Promise(setImmediate);
        clock.advance(250);
      }
      while (clock.pending === 0) await new Promise(setImmediate);
    };
    await tries(3);
    await first.release();
    const second = await acquire(folder, { holder: { ...demo.holder, since: 2 } });
    await tries(3);
    expect([waitingFor, taken]).toEqual([[1, 2], undefined]);
    await second.release();
    clock.advance(250);
    await waiting;
    expect(waitingFor).toEqual([1, 2]);
    await expect(acquire(folder)).rejects.toMatchObject({ code: "Locked" });
  });

  test("stops at the signal and leaves no timer", async () => {
    const folder = scratch();
    const clock = new ManualClock();
    await acquire(folder);
    const stopping = new AbortController();
    const wait = { signal: stopping.signal, onWaiting: () => stopping.abort() };
    await expect(acquire(folder, { clock, wait })).rejects.toMatchObject({ code: "Cancelled" });
    await expect(acquire(folder, { clock, wait })).rejects.toMatchObject({ code: "Cancelled" });
    expect(clock.pending).toBe(0);
  });
});

describe("a holder that is gone is replaced at once:", () => {
  test("its pid is another program's now", async () => {
    const folder = scratch();
    await acquire(folder);
    editRecord(lockFile(folder), (record) => {
      record.program.started = "1";
    });
    await acquire(folder);
  });

  test("the system was booted since", async () => {
    const folder = scratch();
    await acquire(folder);
    editRecord(lockFile(folder), (record) => {
      record.program.boot = "before";
    });
    const known = JSON.parse(readFileSync(lockFile(folder), "utf8")).program.machine !== "";
    // Where the system has no id of its own, a reboot looks like another host.
    if (known) await acquire(folder);
    else await expect(acquire(folder)).rejects.toMatchObject({ code: "Locked" });
  });

  test("so was the one that had begun to replace it", async () => {
    const folder = scratch();
    await acquire(folder);
    const path = lockFile(folder);
    editRecord(path, (record) => {
      record.program.started = "1";
    });
    const { id } = JSON.parse(readFileSync(path, "utf8"));
    writeFileSync(`${path}.after-${id}`, readFileSync(path, "utf8").replace(id, "half-way"));
    await acquire(folder);
    expect(readdirSync(folder)).toEqual([path.slice(folder.length + 1)]);
    await expect(acquire(folder)).rejects.toMatchObject({ code: "Locked" });
  });

  test("but not while the one that has begun to replace it lives", async () => {
    const folder = scratch();
    await acquire(folder);
    const path = lockFile(folder);
    const living = readFileSync(path, "utf8");
    const { id } = JSON.parse(living);
    editRecord(path, (record) => {
      record.program.started = "1";
    });
    writeFileSync(`${path}.after-${id}`, living.replace(id, "half-way"));
    await expect(acquire(folder)).rejects.toMatchObject({ code: "Locked" });
  });
});

describe("a holder on another host", () => {
  const far = { ...demo.holder, host: "far" };

  test("keeps the lock as long as it shows that it lives", async () => {
    const folder = scratch();
    const clock = new ManualClock();
    const lock = await acquire(folder, { holder: far, clock });
    const path = lockFile(folder);
    utimesSync(path, 1, 1);
    clock.advance(5000);
    while (clock.pending === 0) await new Promise(setImmediate);
    await expect(acquire(folder)).rejects.toMatchObject({
      code: "Locked",
      hint: "Edit the fleet file, and it follows within a second; or stop it on far; if that host is gone, it is free within 20 s.",
    });
    expect(lock.lost.aborted).toBe(false);
  });

  test("loses it after 20 s without a sign of life, learns so when it wakes, and leaves the lock to the other", async () => {
    const folder = scratch();
    const clock = new ManualClock();
    const slept = await acquire(folder, { holder: far, clock });
    const ago = (seconds: number): void => utimesSync(lockFile(folder), new Date(), Date.now() / 1000 - seconds);
    ago(19);
    await expect(acquire(folder)).rejects.toMatchObject({ code: "Locked" });
    ago(21);
    const other = await acquire(folder);
    const lost = once(slept.lost, "abort");
    clock.advance(5000);
    await lost;
    expect(slept.lost.reason).toEqual(
      new FleetError("Locked", `the lock on fleet ${folder.split("/").at(-1)} was taken over by another process`),
    );
    await slept.release();
    expect(clock.pending).toBe(0);
    await expect(acquire(folder)).rejects.toMatchObject({ code: "Locked" });
    await other.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  test("that gives back what it has lost without knowing leaves the lock to the other", async () => {
    const folder = scratch();
    const slept = await acquire(folder, { holder: far });
    utimesSync(lockFile(folder), 1, 1);
    await acquire(folder);
    await slept.release();
    await expect(acquire(folder)).rejects.toMatchObject({ code: "Locked" });
  });
});

test("a lock whose file somebody removed is lost", async () => {
  const folder = scratch();
  const clock = new ManualClock();
  const lock = await acquire(folder, { clock });
  rmSync(lockFile(folder));
  const lost = once(lock.lost, "abort");
  clock.advance(5000);
  await lost;
  expect(clock.pending).toBe(0);
});

test("a lock that cannot be looked at counts as lost when another host may take it", async () => {
  const folder = scratch();
  const clock = new ManualClock();
  const lock = await acquire(folder, { clock });
  const path = lockFile(folder);
  rmSync(path);
  mkdirSync(path);
  for (let passed = 5; passed <= 20; passed += 5) {
    clock.advance(5000);
    while (clock.pending === 0) await new Promise(setImmediate);
  }
  expect(lock.lost.aborted).toBe(false);
  const lost = once(lock.lost, "abort");
  clock.advance(5000);
  await lost;
  expect(lock.lost.reason.message).toMatch(/ could not be renewed for 20 s, so that another host may take it$/);
  await lock.release();
  expect(clock.pending).toBe(0);
});

describe.each([
  ["Node", process.execPath],
  ["Bun", bun],
])("under %s", (name, runtime) => {
  let compiled = "";
  beforeAll(() => {
    compiled = program(`contender-${name}`, contender);
  });

  test("a killed holder is replaced at once, one that exits gives the lock back", async () => {
    const folder = scratch();
    const first = start(runtime, compiled, folder);
    await first.next();
    first.child.stdin.write("0\n");
    expect(await first.next()).toBe("won");
    await expect(acquire(folder)).rejects.toMatchObject({ code: "Locked" });
    first.child.kill("SIGKILL");
    await first.ended;
    const second = start(runtime, compiled, folder, "release");
    await second.next();
    second.child.stdin.write("0\n");
    expect(await second.next()).toBe("won");
    second.child.stdin.end();
    await second.ended;
    expect(readdirSync(folder)).toEqual([]);
  });

  test("of many that replace a dead holder at the same time, one has the lock", async () => {
    const folder = scratch();
    for (let round = 0; round < 4; round += 1) {
      const children = Array.from({ length: 5 }, () => start(runtime, compiled, folder));
      for (const child of children) await child.next();
      const at = Date.now() + 30;
      for (const { child } of children) child.stdin.write(`${at}\n`);
      const results = await Promise.all(children.map((child) => child.next()));
      expect(results.sort()).toEqual(["Locked", "Locked", "Locked", "Locked", "won"]);
      for (const { child } of children) child.kill("SIGKILL");
      await Promise.all(children.map((child) => child.ended));
      expect(readdirSync(folder).filter((file) => !file.endsWith(".tmp"))).toEqual([
        lockFile(folder).split("/").at(-1),
      ]);
    }
  });

  test("none of the suspensions that several processes write at once is lost", async () => {
    const folder = scratch();
    const path = program(
      `suspender-${name}`,
      `import { readSuspensions, suspend } from "./state/suspensions.ts";
       const [folder, who] = process.argv.slice(2);
       for (const number of [1, 2, 3, 4]) await suspend(folder, who + number, { since: 0, reason: "", by: who });
       console.log(Object.keys((await readSuspensions(folder)).instances).filter((name) => name.startsWith(who)).length);`,
    );
    const writers = ["a", "b", "c", "d"].map((who) => start(runtime, path, folder, who));
    expect(await Promise.all(writers.map((writer) => writer.next()))).toEqual(["4", "4", "4", "4"]);
    await Promise.all(writers.map((writer) => writer.ended));
    const { instances } = JSON.parse(readFileSync(join(folder, "suspensions.json"), "utf8"));
    expect(Object.keys(instances)).toHaveLength(16);
    expect(readdirSync(folder)).toEqual(["suspensions.json"]);
  });
});
