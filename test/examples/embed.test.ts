import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readLeases } from "@fleet/runner";
import { describe, expect, onTestFinished, test } from "vitest";
import { ensureClient } from "../../scripts/lib/packages.mjs";
import { Dice } from "../chaos/dice.ts";
import { type RealEngine, realEngines } from "../support/engines.ts";
import { Operator } from "../support/operator.ts";
import { eventually, World } from "../support/world.ts";
import { Dispatcher, dispatchers, type TaskView } from "./dispatcher.ts";

/** FLEET_TASKS=500 FLEET_AGENTS=8 for a long run. */
const taskCount = Number(process.env.FLEET_TASKS ?? 40);
const agentCount = Number(process.env.FLEET_AGENTS ?? 4);
const seed = Number(process.env.FLEET_SEED ?? 4711);

/** Those that are always on. */
const always = ["boss-default", "dev-default"];
const names = ["boss-default", "boss-2", "dev-default", "dev-2"].concat(
  ["reviewer-default", "reviewer-2", "designer-default", "design-reviewer-default"].slice(0, agentCount - 4),
);

/** What the examples give each agent. Bytes. */
const memory = 256 * 1024 ** 2;

/** More would look like an accident, for which fleet waits for a person. */
const removals = 2;
const within = 10_000;

/** What is left to a command whose container ends: the engine may be about to begin it just then. */
const causes = ["KilledWithContainer", "ContainerStopped", "ContainerMissing", "Refused"];

/** What somebody does to an agent, or to what it is to be. */
const deeds = ["remove", "stop", "kill", "drift", "spec"] as const;
type Deed = (typeof deeds)[number];

describe.each(realEngines())("on Docker $version", (real) => {
  test.each(dispatchers)(
    "$runtime: whatever befalls the agents, no task is cut by fleet, and each ends with its own output or the cause",
    { timeout: 120_000 + taskCount * 3_000 },
    async (example) => {
      const run = await Run.open(real, example);
      await run.standing();
      for (let number = 0; number < taskCount; number += 1) await run.post();
      while (!(await run.finished()) || run.undone.length > 0) {
        await run.harm();
        await sleep(run.dice.below(900));
      }
      run.judge(await run.dispatcher.tasks());
      await run.comesRight();
      await run.drains();
    },
  );
});

interface Posted {
  readonly id: string;
  readonly agent: string;
  readonly output: string;
  readonly lost: boolean;
}

/** A dispatcher, the tasks that it was given, and what was done to its agents meanwhile. */
class Run {
  readonly dice = new Dice(seed);
  readonly dispatcher: Dispatcher;
  readonly #fleet: string;
  readonly #folder: string;
  readonly #world: World;
  readonly #operator: Operator;
  readonly #posted: Posted[] = [];
  /** Tasks that ran in a container while somebody put an end to it. */
  readonly #victims = new Set<string>();
  readonly #models = new Map<string, string>();
  readonly #done = new Set<Deed>();
  readonly #removedAt: number[] = [];
  readonly #removed = new Set<string>();

  static async open(real: RealEngine, example: (typeof dispatchers)[number]): Promise<Run> {
    const fleet = `embed-${example.runtime}${process.pid}`;
    const folder = mkdtempSync(join(tmpdir(), "fleet-embed-"));
    const operator = new Operator(real.host);
    onTestFinished(async () => {
      await operator.clean(`${fleet}-`);
      rmSync(folder, { recursive: true });
    });
    const dispatcher = await Dispatcher.start(example, {
      DOCKER: await ensureClient(() => undefined),
      DOCKER_HOST: real.host,
      FLEET_NAME: fleet,
      CLAUDE_HOOKS_DIR: folder,
      STATE_DIRECTORY: join(folder, "state"),
      FORGE_TOKEN: "t0ps3cret",
    });
    return new Run(fleet, folder, dispatcher, { operator, world: new World(real.host) });
  }

  private constructor(
    fleet: string,
    folder: string,
    dispatcher: Dispatcher,
    { operator, world }: { readonly operator: Operator; readonly world: World },
  ) {
    this.#fleet = fleet;
    this.#folder = folder;
    this.dispatcher = dispatcher;
    this.#operator = operator;
    this.#world = world;
  }

  async standing(): Promise<void> {
    await eventually(async () => {
      const agents = await this.dispatcher.agents();
      return agents.length === 8 && agents.every(({ phase }) => phase === "settled") ? agents : undefined;
    });
  }

  /** One task that says who it is, at its beginning and at its end; now and then one in a directory that is not there. */
  async post(): Promise<void> {
    const number = this.#posted.length;
    const agent = names[number % names.length] ?? "";
    const lost = number % 10 === 9;
    const script = `echo begin ${number}; sleep 0.${this.dice.below(6)}; echo end ${number}`;
    const id = await this.dispatcher.post({
      agent,
      command: ["sh", "-c", script],
      ...(lost && { workingDir: "/agent-env/projects/gone" }),
    });
    this.#posted.push({ id: String(id), agent, output: `begin ${number}\nend ${number}\n`, lost });
  }

  async finished(): Promise<boolean> {
    return (await this.dispatcher.tasks()).every(({ outcome }) => !["queued", "running"].includes(outcome.state));
  }

  /** What nobody did yet. */
  get undone(): readonly Deed[] {
    return deeds.filter((deed) => !this.#done.has(deed));
  }

  /** Does one thing to an agent: each once to one that is always on, and then what the dice say. */
  async harm(): Promise<void> {
    const [next] = this.undone;
    const agent = next === undefined ? this.dice.one(names) : (always[deeds.indexOf(next) % always.length] ?? "");
    const deed = next ?? this.dice.one(deeds);
    const before = await this.dispatcher.tasks();
    // It may be away just now.
    const done = await this.#does(deed, agent).catch(() => false);
    if (done) this.#done.add(deed);
    if (deed === "drift" || deed === "spec") return;
    const after = new Map((await this.dispatcher.tasks()).map(({ id, outcome }) => [id, outcome.state]));
    for (const { id, outcome, agent: of } of before) {
      const states = [outcome.state, after.get(id)];
      const ran = states.includes("running") || (outcome.state === "queued" && after.get(id) !== "queued");
      if (of === agent && ran) this.#victims.add(id);
    }
  }

  /** Resolves to whether it was done, and not put off. */
  async #does(deed: Deed, agent: string): Promise<boolean> {
    const container = `${this.#fleet}-${agent}`;
    switch (deed) {
      case "remove": {
        const now = performance.now();
        if (this.#removedAt.filter((at) => now - at < within).length >= removals) return false;
        this.#removedAt.push(now);
        await this.#operator.remove(container);
        this.#removed.add(agent);
        return true;
      }
      case "stop":
      case "kill":
        await this.#operator[deed](container);
        return true;
      case "drift":
        await this.#operator.update(container, { Memory: memory / 2, MemorySwap: memory });
        return true;
      case "spec": {
        const model = this.dice.one(["small", "large", "huge"]);
        this.#models.set(agent, model);
        await this.dispatcher.change(agent, { model });
        return true;
      }
    }
  }

  judge(tasks: readonly TaskView[]): void {
    const found = new Map(tasks.map((task) => [task.id, task.outcome]));
    const strange = this.#posted.filter(({ id, output, lost }) => {
      const outcome = found.get(id);
      if (lost) return outcome?.state !== "refused" || outcome.reason !== "WorkingDirMissing";
      if (outcome?.state === "done") return outcome.output !== output;
      return outcome?.state !== "cut" || !causes.includes(outcome.reason ?? "") || !this.#victims.has(id);
    });
    expect(strange.map((posted) => ({ ...posted, found: found.get(posted.id) }))).toEqual([]);
    const count = (state: string): number => tasks.filter(({ outcome }) => outcome.state === state).length;
    console.log(`${tasks.length} tasks: ${count("done")} done, ${count("cut")} cut from outside, seed ${seed}`);
  }

  /** Whatever was done to them, all agents are as they are to be, and the dashboard knows of it. */
  async comesRight(): Promise<void> {
    await eventually(async () => {
      // A new container that somebody ended before it was ready is a replacement that failed: a person is to say go on.
      for (const { instance, phase } of await this.dispatcher.agents()) {
        if (phase === "stalled") await this.dispatcher.reconcile(instance);
      }
      const agents = await Promise.all(
        names.map(async (name) => {
          const { Config, HostConfig } = await this.#world.container(`${this.#fleet}-${name}`);
          const model = this.#models.get(name);
          return HostConfig.Memory === memory && (model === undefined || Config.Env.includes(`AGENT_MODEL=${model}`));
        }),
      ).catch(() => [false]);
      return agents.every(Boolean) ? agents : undefined;
    });
    await this.standing();
    const { events } = this.dispatcher;
    // One that is removed while it is being replaced is not missed.
    const recreated = [...this.#removed].map((name) => `container_recreated ${name}`);
    expect(events).toEqual(
      expect.arrayContaining(["container_missing boss-default", "lazy_started boss-2", ...recreated]),
    );
  }

  /** SIGTERM: what runs ends, what waits is not begun, and nothing is left locked or leased. */
  async drains(): Promise<void> {
    const projects = join(this.#folder, "agent-env/dev/projects");
    const command = (mark: string) => ["sh", "-c", `sleep 2; echo over > ${mark}`];
    const long = await this.dispatcher.post({ agent: "dev-default", command: command("first") });
    await this.dispatcher.post({ agent: "dev-default", command: command("second") });
    await eventually(async () => {
      const task = (await this.dispatcher.tasks()).find(({ id }) => id === long);
      return task?.outcome.state === "running" ? task : undefined;
    });
    this.dispatcher.signal("SIGTERM");
    const late = await eventually(async () => {
      const answer = await this.dispatcher.post({ agent: "dev-2", command: ["true"] });
      return typeof answer === "number" ? answer : undefined;
    });
    expect(late).toBe(503);
    expect([await this.dispatcher.ended(), this.dispatcher.output.includes("rror")]).toEqual([0, false]);
    expect([readFileSync(join(projects, "first"), "utf8"), existsSync(join(projects, "second"))]).toEqual([
      "over\n",
      false,
    ]);
    const state = join(this.#folder, "state", this.#fleet);
    expect(readdirSync(state).filter((file) => file.includes(".lock"))).toEqual([]);
    expect(await readLeases(join(state, "journal"), Date.now())).toEqual([]);
  }
}
