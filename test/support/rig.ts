import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  dockerEngine,
  type FleetEvent,
  type InstancePlan,
  localHost,
  type Observation,
  observe,
  type Patience,
  type Plan,
  parseEndpoint,
  parseFleet,
  planFleet,
  type ResolvedFleet,
  renderDiagnostics,
  resolveFleet,
} from "@fleet/core";
import { type ApplyResult, applyFleet, isGood } from "@fleet/runner";
import { onTestFinished } from "vitest";
import type { RealEngine } from "./engines.ts";
import { Operator } from "./operator.ts";
import { type Identity, World } from "./world.ts";

/** A fleet of one test, on a real engine, through the library's own front door. */
export interface Rig {
  /** The fleet's name, and the beginning of the name of everything that the test makes. */
  readonly fleet: string;
  /** A directory of the test's own, for bind sources: relative ones in a spec are below it. */
  readonly dir: string;
  readonly world: World;
  readonly operator: Operator;
  /** A spec's resolved form; throws with its diagnostics. `body` is what stands below `spec:`. */
  resolve(body: string): ResolvedFleet;
  plan(body: string): Promise<Plan>;
  /** One look for all of these fleets, which are this one in several states. */
  observe(fleets: readonly ResolvedFleet[]): Promise<Observation>;
  apply(body: string, options?: ApplyChoices): Promise<ApplyResult>;
  /** The fleet's containers by instance, as the engine sees them. */
  containers(): Promise<Readonly<Record<string, Identity>>>;
  /** The text of a file in `dir`. */
  read(path: string): string;
  /** One line for each instance that is not in sync: what it takes, why, and the fields behind it. */
  outline(plan: Plan): readonly string[];
}

export interface ApplyChoices {
  readonly timeout?: number;
  readonly patience?: Partial<Patience>;
  readonly onEvent?: (event: FleetEvent) => void;
}

export interface RigOptions {
  /** Where fleet finds the engine, when not directly: a proxy in front of it. */
  readonly through?: string;
  readonly env?: Readonly<Record<string, string>>;
}

let rigs = 0;

/** Gone after the test, and everything with it. */
export async function openRig(real: RealEngine, { through = real.host, env = {} }: RigOptions = {}): Promise<Rig> {
  rigs += 1;
  const fleet = `rig${process.pid}x${rigs}`;
  const dir = await mkdtemp(join(tmpdir(), "fleet-rig-"));
  const engine = dockerEngine(parseEndpoint(through));
  const host = localHost({ engine, uid: process.getuid?.() ?? 0 });
  const operator = new Operator(real.host);
  const world = new World(real.host);
  onTestFinished(async () => {
    await engine.close();
    await operator.clean(fleet);
    await rm(dir, { recursive: true });
  });

  const resolve = (body: string): ResolvedFleet => {
    const text = `apiVersion: fleet/v1\nkind: Fleet\nmetadata: { name: ${fleet} }\nspec:\n${body}`;
    const parsed = parseFleet(text);
    if (!parsed.ok) throw new Error(renderDiagnostics(parsed.diagnostics));
    const inputs = { env, home: dir, baseDir: dir, readFile: noFile };
    const resolved = resolveFleet(parsed.spec, parsed.source, inputs);
    if (!resolved.ok) throw new Error(renderDiagnostics(resolved.diagnostics));
    return resolved.fleet;
  };
  const look = (fleets: readonly ResolvedFleet[]): Promise<Observation> =>
    observe(engine, host, { fleet, instances: fleets.flatMap(({ instances }) => instances), now: Date.now() });
  const plan = async (spec: ResolvedFleet): Promise<Plan> =>
    planFleet(spec, await look([spec]), { address: engine.address });
  return {
    fleet,
    dir,
    world,
    operator,
    resolve,
    plan: (body) => plan(resolve(body)),
    observe: look,
    apply: async (body, { timeout = 60_000, ...choices } = {}) => {
      const spec = resolve(body);
      const names = spec.instances.map(({ name }) => name);
      const removed = (await plan(spec)).instances.filter(({ remedy }) => remedy === "remove");
      const remove = { names: removed.map(({ instance }) => instance), reason: "Orphaned" } as const;
      return applyFleet({ engine, host, fleet: spec, apply: names, remove, timeout, ...choices });
    },
    containers: () => world.containers(`${fleet}-`),
    read: (path) => readFileSync(join(dir, path), "utf8"),
    outline: ({ instances }) =>
      instances
        .filter(({ verdict }) => verdict !== "inSync")
        .map((instance) => outline(instance).replaceAll(dir, ".").replaceAll(fleet, "{fleet}")),
  };
}

/** `b replace FieldsDiffer: env.A`, `c blocked NameTaken`. */
function outline({ instance, verdict, remedy, actions, blocks, drifts }: InstancePlan): string {
  const reasons = [...new Set([...blocks, ...actions].map(({ reason }) => reason))];
  const what = verdict === "pending" ? remedy : verdict;
  const fields = drifts.map(({ path }) => path).join(", ");
  return `${instance} ${what} ${reasons.join(" ")}`.trimEnd() + (fields === "" ? "" : `: ${fields}`);
}

/** How each instance came out, by name. */
export function results({ outcomes }: ApplyResult): Readonly<Record<string, string>> {
  return Object.fromEntries(outcomes.map(({ instance, result }) => [instance, result]));
}

/** What went wrong, in one line for each instance. */
export function troubles({ outcomes }: ApplyResult): readonly string[] {
  return outcomes.filter((outcome) => !isGood(outcome)).map((o) => `${o.instance} ${o.result}: ${o.message}`);
}

function noFile(path: string): never {
  throw new Error(`${path}: a scenario reads no files`);
}
