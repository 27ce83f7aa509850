import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type EngineInfo, isFleetError, type ResolvedFleet } from "@fleet/core";
import {
  createWebhook,
  fileStore,
  type Journal,
  type Lock,
  type LockHolder,
  Loop,
  makeStateFolder,
  openJournal,
  readLeases,
  type Webhook,
  watchAlerts,
  watchFile,
} from "@fleet/runner";
import { createMetrics } from "@fleet/runner/metrics";
import { type Connection, openConnection } from "../connection.ts";
import { type ExitCode, exit } from "../exit.ts";
import { loadFleet } from "../fleet.ts";
import type { Interrupts } from "../interrupts.ts";
import type { Output } from "../output.ts";
import type { Program } from "../program.ts";
import { journalFolder, stateFolderOf } from "../state/folder.ts";
import { holdLock } from "../state/hold-lock.ts";
import { Closers } from "./closers.ts";
import { awaitEngine } from "./engine-wait.ts";
import { logEvent } from "./event-log.ts";
import { showFinalStatus } from "./final-status.ts";
import { FleetReload } from "./fleet-reload.ts";
import { openInterfaces } from "./interfaces.ts";
import { parseListenAddress } from "./listen-address.ts";
import { createLogger, type Logger } from "./logger.ts";
import { onceCode, untilAtRest } from "./once.ts";
import type { RunOptions } from "./options.ts";
import { type SystemdNotifier, systemdNotifier } from "./systemd-notifier.ts";
import { showVitalSigns } from "./vital-signs.ts";

/** Milliseconds that acts under way may take once it is to end. */
const stopGrace = 30_000;

/** Hosts the loop until a signal ends it; with `--once` until nothing more is to be done. */
export async function hostLoop(
  program: Program,
  output: Output,
  options: RunOptions,
  interrupts: Interrupts,
): Promise<ExitCode> {
  const closers = new Closers();
  try {
    return await new LoopHost(program, output, options, interrupts, closers).run();
  } catch (error) {
    if (!interrupts.stop.aborted || !isFleetError(error, "Cancelled")) throw error;
    return options.once ? (interrupts.exitCode ?? exit.done) : exit.done;
  } finally {
    await closers.close();
  }
}

/** Opens one thing after the other, each with what closes it. */
class LoopHost {
  readonly #program: Program;
  readonly #output: Output;
  readonly #options: RunOptions;
  readonly #interrupts: Interrupts;
  readonly #closers: Closers;
  readonly #log: Logger;
  readonly #reload: FleetReload;
  readonly #notifier: SystemdNotifier;
  readonly #webhook: Webhook | undefined;
  #loop: Loop | undefined;

  constructor(program: Program, output: Output, options: RunOptions, interrupts: Interrupts, closers: Closers) {
    this.#program = program;
    this.#output = output;
    this.#options = options;
    this.#interrupts = interrupts;
    this.#closers = closers;
    const { stderr, clock, env, pid } = program;
    this.#log = createLogger({ stream: stderr, level: options.logLevel, color: output.errorColor, clock });
    this.#reload = new FleetReload({ program, file: options.file, log: this.#log });
    // Before anything is begun: what is said wrongly is said at once.
    if (options.listen !== undefined) parseListenAddress(options.listen);
    this.#webhook = this.#createWebhook(options.notify ?? env.FLEET_NOTIFY_URL);
    this.#notifier = systemdNotifier({ env, pid, clock, checkLife: () => void this.#loop?.status() });
    closers.add(() => this.#notifier.close());
  }

  async run(): Promise<ExitCode> {
    const fleet = await this.#readFleet();
    const { connection, info } = await this.#openEngine();
    const folder = await this.#openFolder(fleet);
    const lock = await this.#lock(fleet, info);
    const journal = await this.#openJournal(folder);
    const loop = await this.#startLoop(fleet, connection, { folder, journal, lock });
    this.#reload.follow({ fleet: fleet.name, loop });
    const end = AbortSignal.any([this.#interrupts.stop, lock.lost]);
    const code = this.#options.once ? await this.#once(loop, fleet, connection, end) : await this.#standing(loop, end);
    // Another process may be at work on the fleet: nothing more is begun, and nothing is waited for.
    lock.lost.throwIfAborted();
    if (!this.#options.once) this.#log.info("stopping once what is under way has ended; a second signal ends at once");
    return code;
  }

  async #readFleet(): Promise<ResolvedFleet> {
    const { cwd, clock, signals } = this.#program;
    const { file } = this.#options;
    const watching = new AbortController();
    this.#closers.add(() => watching.abort());
    // Before it is read: no change after that goes unseen.
    if (file !== "-") {
      await watchFile(resolve(cwd, file), () => this.#reload.reload(), { clock, signal: watching.signal });
      const hangUp = (): void => void this.#hangUp();
      signals.on("SIGHUP", hangUp);
      this.#closers.add(() => void signals.off("SIGHUP", hangUp));
    }
    return loadFleet(this.#program, this.#output, file);
  }

  async #hangUp(): Promise<void> {
    this.#notifier.reloading();
    await this.#reload.reload();
    this.#log.info("read the fleet file again");
    // Somebody asks: what failed before is tried anew.
    this.#loop?.wake();
    this.#notifier.ready();
  }

  async #openEngine(): Promise<{ readonly connection: Connection; readonly info: EngineInfo }> {
    const open = (): Promise<Connection> => openConnection(this.#program, this.#output, this.#options);
    const { stop: signal } = this.#interrupts;
    if (this.#options.once) {
      const connection = await open();
      return { connection, info: await connection.engine.info({ signal }) };
    }
    const onWaiting = (because: string): void => {
      this.#log.warn({ because }, "waiting for the engine");
      this.#notifier.status(`waiting for the engine: ${because}`);
    };
    return awaitEngine(this.#program, open, { signal, onWaiting });
  }

  async #openFolder(fleet: ResolvedFleet): Promise<string> {
    const folder = stateFolderOf(this.#program, this.#options, fleet.name);
    if (folder !== undefined) {
      await makeStateFolder(folder, this.#program.uid);
      return folder;
    }
    const forgotten = await mkdtemp(join(tmpdir(), "fleet-memory-"));
    this.#closers.add(() => rm(forgotten, { recursive: true }));
    return forgotten;
  }

  async #lock(fleet: ResolvedFleet, { id: engineId }: EngineInfo): Promise<Lock> {
    const onWaiting = ({ what, pid, host }: LockHolder): void => {
      this.#log.warn(
        { holder: what, holderPid: pid, holderHost: host },
        "waiting until another process lets go of this fleet",
      );
      this.#notifier.status(`waits for ${what} (pid ${pid} on ${host}) to let go of this fleet`);
    };
    const wait = this.#options.once ? {} : { wait: { signal: this.#interrupts.stop, onWaiting } };
    const lock = await holdLock(this.#program, this.#options, {
      what: "fleet run",
      fleet: fleet.name,
      engineId,
      ...wait,
    });
    this.#closers.add(() => lock.release());
    return lock;
  }

  async #openJournal(folder: string): Promise<Journal> {
    const journal = await openJournal({
      folder: journalFolder(folder),
      clock: this.#program.clock,
      onTrouble: ({ message }) => this.#log.error({ error: message }, "the journal cannot be written"),
    });
    this.#closers.add(async () => {
      await journal.close().catch(() => undefined);
    });
    return journal;
  }

  async #startLoop(
    fleet: ResolvedFleet,
    connection: Connection,
    { folder, journal, lock }: { readonly folder: string; readonly journal: Journal; readonly lock: Lock },
  ): Promise<Loop> {
    const { clock, pid, version } = this.#program;
    const metrics = createMetrics({ version, journalBytes: () => journal.size() });
    const store = fileStore({
      folder,
      clock,
      onTrouble: ({ message }) => this.#log.warn({ error: message }, "what was read last of the suspensions stands"),
    });
    const leases = await readLeases(journalFolder(folder), clock.now());
    const loop = new Loop({
      ...connection,
      fleet,
      journal,
      store,
      leases,
      program: { pid, version },
      clock,
      meter: metrics,
    });
    this.#loop = loop;
    loop.onEvent((event) => {
      logEvent(this.#log, event);
      this.#output.document(event);
    });
    await loop.start();
    this.#closers.add(() => loop.stop(lock.lost.aborted ? 0 : stopGrace));
    const server = await openInterfaces(this.#program, this.#options, {
      view: loop,
      journal,
      metrics,
      folder,
      log: this.#log,
    });
    this.#closers.add(() => server.close());
    this.#log.info({ state: folder, addresses: server.addresses }, "listening");
    this.#watchProblems(loop);
    return loop;
  }

  #watchProblems(loop: Loop): void {
    const { clock } = this.#program;
    const webhook = this.#webhook;
    if (webhook === undefined) return;
    const watch = watchAlerts({
      view: loop,
      clock,
      send: (alert) => webhook.send(alert),
      onError: (error) => this.#log.error({ error: String(error) }, "the watch for problems failed"),
    });
    this.#closers.add(() => webhook.close());
    this.#closers.add(() => watch.close());
  }

  #createWebhook(url: string | undefined): Webhook | undefined {
    if (url === undefined || url === "") return undefined;
    return createWebhook({
      url,
      clock: this.#program.clock,
      onFailure: ({ problem, instance }, { message }) =>
        this.#log.warn({ problem, instance, error: message }, "an alert did not arrive"),
    });
  }

  async #standing(loop: Loop, end: AbortSignal): Promise<ExitCode> {
    const { clock } = this.#program;
    this.#closers.add(showVitalSigns({ status: () => loop.status(), notifier: this.#notifier, log: this.#log, clock }));
    await new Promise<void>((stop) => {
      if (end.aborted) stop();
      end.addEventListener("abort", () => stop(), { once: true });
    });
    this.#notifier.stopping();
    return exit.done;
  }

  async #once(loop: Loop, fleet: ResolvedFleet, connection: Connection, end: AbortSignal): Promise<ExitCode> {
    await untilAtRest(this.#program, loop, { timeout: this.#options.timeout, signal: end });
    if (this.#interrupts.exitCode !== undefined) return this.#interrupts.exitCode;
    const code = onceCode(loop.status());
    if (code !== exit.error) await showFinalStatus(this.#program, this.#output, fleet, connection);
    return code;
  }
}
