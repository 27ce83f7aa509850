import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type JournalEntry, readJournal } from "@fleet/runner";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { realEngines } from "../support/engines.ts";
import { type OwnEngines, ownEngines } from "../support/own-engines.ts";
import { openRig, type Rig } from "../support/rig.ts";
import { eventually } from "../support/world.ts";
import { Dice } from "./dice.ts";
import { broken, Draft } from "./draft.ts";
import { EngineLog, type EngineRecord } from "./engine-log.ts";
import { burst, type Harm } from "./harm.ts";
import { Runner } from "./runner.ts";

/** How long things are harmed. Minutes. */
const minutes = Number(process.env.FLEET_CHAOS_MINUTES ?? 1);
const seed = Number(process.env.FLEET_CHAOS_SEED ?? (minutes > 1 ? Date.now() % 2 ** 31 : 4711));
/** Within which everything must be as its spec says again, after each burst. Milliseconds. */
const bound = 60_000;

describe.each(realEngines().slice(0, 1))("engine $version", ({ version, host: shared }) => {
  let engines: OwnEngines;
  let host = "";

  beforeAll(async () => {
    engines = await ownEngines(shared, "chaos");
    host = (await engines.startEngine({ version })).host;
  }, 300_000);
  afterAll(() => engines.purgeEngine(version), 120_000);

  test(
    "whatever befalls containers, sources, spec, engine and runner: it converges, touches nothing else, and the journal says why",
    async () => {
      console.log(`chaos: seed ${seed}, ${minutes} minutes`);
      const dice = new Dice(seed);
      const run = await Run.open(await openRig({ version, host }), host);
      await run.converged(bound, "the start");
      const strangers = await run.strangers();
      const began = performance.now();
      for (let round = 1; performance.now() - began < minutes * 60_000; round += 1) {
        const outer = dice.below(12);
        // The runner or the engine goes in the middle of it, at times.
        const [harm] = await Promise.all([
          burst(dice, run.victims, () => run.reload(dice.once(4) ? dice.one(broken) : undefined)),
          outer < 3 ? run.crashRunner(dice.below(800), dice.below(800)) : undefined,
        ]);
        if (outer === 11) await engines.restartEngine(version, { signal: dice.one(["SIGTERM", "SIGKILL"]) });
        await run.settle(round, harm, { watched: outer >= 3 && outer < 11 });
        expect(await run.strangers()).toEqual(strangers);
      }
      await run.tripBreaker();
      expect(await run.strangers()).toEqual(strangers);
      await run.end();
    },
    minutes * 60_000 + 300_000,
  );
});

/** A fleet that is harmed, the program that keeps it, and what the engine says meanwhile. */
class Run {
  readonly #rig: Rig;
  readonly #host: string;
  readonly #draft = new Draft();
  readonly #state = mkdtempSync(join(tmpdir(), "fleet-chaos-"));
  readonly #runner: Runner;
  readonly #log: EngineLog;
  /** Containers that the test itself removed. */
  readonly #removed = new Set<string>();
  /** Of those, the ones whose end the loop must have noticed. */
  readonly #noticed: { readonly instance: string; readonly id: string }[] = [];
  readonly #times: number[] = [];
  #deeds = 0;
  #wedged = 0;
  #down = false;

  static async open(rig: Rig, host: string): Promise<Run> {
    const run = new Run(rig, host);
    onTestFinished(() => run.#close());
    for (const [name, labels] of [
      ["agent-0-stranger", {}],
      ["unowned", { "fleet.name": "another", "fleet.instance": "agent-0" }],
      ["instanceless", { "fleet.name": rig.fleet }],
    ] as const) {
      const HostConfig = { RestartPolicy: { Name: "always" } };
      await rig.operator.run(`${rig.fleet}-${name}`, { Labels: labels, HostConfig });
    }
    await run.#log.open();
    run.#write();
    await run.#runner.start();
    return run;
  }

  private constructor(rig: Rig, host: string) {
    this.#rig = rig;
    this.#host = host;
    this.#log = new EngineLog(host, rig.fleet);
    this.#runner = new Runner({ address: host, file: this.#file, folder: rig.dir, state: this.#state });
  }

  get victims() {
    const { fleet, dir, operator } = this.#rig;
    return { host: this.#host, fleet, folder: dir, operator, draft: this.#draft };
  }

  /** Ids of what is not ours, once all of it runs. */
  strangers(): Promise<Readonly<Record<string, string>>> {
    return eventually(async () => {
      const found = await this.#rig.containers().catch(() => ({}));
      const strange = Object.entries(found).filter(([name]) => !this.#draft.names.includes(name));
      const up = strange.length === 3 && strange.every(([, { status }]) => status === "running");
      return up ? Object.fromEntries(strange.map(([name, { id }]) => [name, id])) : undefined;
    });
  }

  /** The draft as it stands becomes the spec, after a while of `text` that does not hold. */
  async reload(text?: string): Promise<void> {
    if (this.#down) return;
    if (text !== undefined) {
      writeFileSync(this.#file, text);
      const { specError } = await this.#runner.ask("reload");
      expect(specError).not.toBe(undefined);
    }
    this.#write();
    await this.#runner.ask("reload");
  }

  async crashRunner(after: number, down: number): Promise<void> {
    await pause(after);
    this.#down = true;
    await this.#runner.kill();
    await pause(down);
    this.#write();
    await this.#runner.start();
    this.#down = false;
  }

  /** Everything is right again after a burst. `watched`: the same runner and engine saw all of it. */
  async settle(round: number, { deeds, removed }: Harm, { watched }: { readonly watched: boolean }): Promise<void> {
    this.#deeds += deeds.length;
    for (const { id } of removed) this.#removed.add(id);
    for (const gone of removed) {
      const [first] = deeds.filter((deed) => deed.endsWith(` ${gone.instance}`));
      if (watched && first === `remove ${gone.instance}` && !deeds.includes(`edit ${gone.instance}`)) {
        const once = removed.filter(({ instance }) => instance === gone.instance).length === 1;
        if (once) this.#noticed.push(gone);
      }
    }
    await this.reload();
    await this.converged(bound, `round ${round}: ${deeds.join(", ")}`);
  }

  async converged(limit: number, what: string): Promise<void> {
    const began = performance.now();
    for (;;) {
      const wrong = await this.#wrong().catch((error: unknown) => [String(error)]);
      if (wrong.length === 0) break;
      if (performance.now() - began > limit) {
        throw new Error(`seed ${seed}: not as it should be ${limit} ms after ${what}\n${wrong.join("\n")}`);
      }
      await this.#unwedge();
      await pause(100);
    }
    this.#times.push(performance.now() - began);
  }

  /** More than half of the fleet goes at once: nothing is done, over a crash of the runner too, until somebody confirms. */
  async tripBreaker(): Promise<void> {
    this.#draft.breaker = "50%";
    await this.reload();
    await this.converged(bound, "the breaker was armed");
    const gone = this.#draft.running.slice(0, Math.floor(this.#draft.names.length / 2) + 1);
    const before = await this.#rig.containers();
    await Promise.all(gone.map((name) => this.#rig.operator.remove(`${this.#rig.fleet}-${name}`)));
    for (const name of gone) this.#removed.add(before[name]?.id ?? "");
    const held = async () => ((await this.#runner.ask("status")).hold?.kind === "Breaker" ? true : undefined);
    await eventually(held);
    await this.crashRunner(0, 0);
    await eventually(held);
    const then = await this.#rig.containers();
    expect(gone.filter((name) => then[name] !== undefined).length).toBeLessThan(gone.length);
    await pause(3_000);
    expect(await this.#rig.containers()).toEqual(then);
    await this.#runner.ask("confirm");
    await this.converged(bound, "the breaker was confirmed");
  }

  /** Ends the runner, and holds what the engine says was done against what the journal says. */
  async end(): Promise<void> {
    expect(await this.#runner.stop()).toBe(0);
    const torn: string[] = [];
    const entries: JournalEntry[] = [];
    const options = { onSkipped: (path: string) => torn.push(path) };
    for await (const entry of readJournal(join(this.#state, "journal"), {}, options)) entries.push(entry);
    expect(torn).toEqual([]);
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => index + 1));
    const starts = entries.filter((entry) => entry.kind === "run" && entry.what === "started");
    expect(starts).toHaveLength(this.#runner.starts);
    const done = this.#log.records.filter(({ id, action }) => action !== "destroy" || !this.#removed.has(id));
    expect(unexplained(done, entries)).toEqual([]);
    const told = new Set(entries.flatMap((entry) => (entry.kind === "evidence" ? [entry.evidence.container?.id] : [])));
    expect(this.#noticed.filter(({ id }) => !told.has(id))).toEqual([]);
    const times = this.#times.map(Math.round).sort((a, b) => a - b);
    console.log(
      [
        `chaos: seed ${seed}, ${this.#times.length} times converged after ${this.#deeds} deeds`,
        `ms until then: median ${times[Math.floor(times.length / 2)]}, worst ${times.at(-1)}`,
        `${this.#runner.starts} starts of the runner`,
        `${this.#log.records.filter(({ action }) => action in performed).length} acts on the engine explained by ${entries.length} entries`,
        `${this.#noticed.length} removals with evidence`,
        `${this.#wedged} lost by the engine`,
      ].join("; "),
    );
  }

  /** A container that the engine itself has lost track of (moby/moby#40613) is started by nobody: a person removes it. */
  async #unwedge(): Promise<void> {
    const { instances } = await this.#runner.ask("status");
    for (const { container, id, error } of instances) {
      if (id === undefined || error?.message.endsWith("id already in use") !== true) continue;
      this.#removed.add(id);
      this.#wedged += 1;
      await this.#rig.operator.remove(container);
    }
  }

  /** What is not as it should be, in a line each. */
  async #wrong(): Promise<readonly string[]> {
    const status = await this.#runner.ask("status");
    const body = this.#draft.body();
    const outline = this.#rig.outline(await this.#rig.plan(body));
    const found = await this.#rig.containers();
    const busy = status.instances
      .filter(({ phase }) => phase !== "settled")
      .map(({ instance, phase, state, error }) => `${instance} is ${phase}, ${state} ${error?.message ?? ""}`);
    const down = this.#draft.running
      .filter((name) => found[name]?.status !== "running")
      .map((name) => `${name} does not run: ${found[name]?.status}`);
    const names = new Set(this.#draft.names);
    const strangers = new Set(["agent-0-stranger", "unowned", "instanceless"]);
    const left = Object.keys(found).filter((name) => !names.has(name) && !strangers.has(name));
    return [...outline, ...busy, ...down, ...left.map((name) => `${name} is left over`)];
  }

  get #file(): string {
    return join(this.#state, "fleet.yaml");
  }

  #write(): void {
    const head = `apiVersion: fleet/v1\nkind: Fleet\nmetadata: { name: ${this.#rig.fleet} }\nspec:`;
    writeFileSync(this.#file, `${head}${this.#draft.body()}\n`);
  }

  async #close(): Promise<void> {
    await this.#runner.kill();
    this.#log.close();
    rmSync(this.#state, { recursive: true });
  }
}

/** What the engine calls that which an action does. */
const performed: Readonly<Record<string, string>> = {
  create: "createContainer",
  start: "startContainer",
  destroy: "removeContainer",
};

/** What was done to containers without the journal having said so before: each entry explains one act. */
function unexplained(records: readonly EngineRecord[], entries: readonly JournalEntry[]): readonly string[] {
  const intents = new Map<string, number[]>();
  for (const entry of entries) {
    if (entry.kind !== "event" || entry.event.reason !== "ActionStarted") continue;
    const key = `${entry.instance} ${entry.event.action?.kind}`;
    intents.set(key, [...(intents.get(key) ?? []), entry.at]);
  }
  return records.flatMap(({ action, id, instance, at }) => {
    const kind = performed[action];
    if (kind === undefined) return [];
    const open = intents.get(`${instance} ${kind}`) ?? [];
    const last = open.findLastIndex((intended) => intended <= at);
    if (last === -1) return [`${new Date(at).toISOString()} ${action} ${instance} ${id.slice(0, 12)}`];
    open.splice(last, 1);
    return [];
  });
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
