import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dockerEngine, type FleetEvent, localHost, parseEndpoint, systemClock } from "@fleet/core";
import { type JournalEntry, Loop, type LoopMeter, memoryStore, openJournal, readLast } from "@fleet/runner";
import { onTestFinished } from "vitest";
import type { RealEngine } from "./engines.ts";
import { openRig, type Rig, type RigOptions } from "./rig.ts";
import { eventually, type Identity } from "./world.ts";

/** A rig whose fleet a loop keeps, with its journal on disk. */
export interface LoopRig extends Rig {
  readonly loop: Loop;
  /** What the loop said so far. */
  readonly events: readonly FleetEvent[];
  /** How long each reaction took, from what the engine said to the first call that heals. Milliseconds. */
  readonly reactions: readonly number[];
  /** How often the stream of events was opened anew. */
  readonly reconnects: number;
  /** Another spec from now on: what stands below `spec:`. */
  desire(body: string): void;
  /** Resolves once `holds` says so of the fleet's containers, with them. */
  until(
    holds: (containers: Readonly<Record<string, Identity>>) => boolean,
  ): Promise<Readonly<Record<string, Identity>>>;
  /** Resolves once the loop has nothing to do and a fresh plan has no action, with the fleet's containers. */
  converged(): Promise<Readonly<Record<string, Identity>>>;
  /** What the loop said from the `from`-th event on, without what acts say of themselves: `Settled a: running`. */
  told(from?: number): readonly string[];
  /** What it did from the `from`-th event on: `a startContainer ContainerExited`. */
  acts(from?: number): readonly string[];
  journal(): Promise<readonly JournalEntry[]>;
}

/** A loop that keeps `body` on the engine, begun and stopped with the test. Not yet converged. */
export async function openLoop(real: RealEngine, body: string, options: RigOptions = {}): Promise<LoopRig> {
  const rig = await openRig(real, options);
  const folder = await mkdtemp(join(tmpdir(), "fleet-journal-"));
  const journal = await openJournal({ folder, clock: systemClock });
  const engine = dockerEngine(parseEndpoint(options.through ?? real.host));
  const host = localHost({ engine, uid: process.getuid?.() ?? 0 });
  const events: FleetEvent[] = [];
  const reactions: number[] = [];
  let reconnects = 0;
  const meter: LoopMeter = {
    looked: () => undefined,
    acted: () => undefined,
    reacted: (duration) => reactions.push(duration),
    reconnected: () => {
      reconnects += 1;
    },
  };
  let desired = body;
  const program = { pid: process.pid, version: "test" };
  const loop = new Loop({ engine, host, fleet: rig.resolve(body), journal, store: memoryStore(), program, meter });
  loop.onEvent(({ seq: _, ...event }) => events.push(event));
  await loop.start();
  onTestFinished(async () => {
    await loop.stop();
    await journal.close();
    await engine.close();
    await rm(folder, { recursive: true });
  });

  const until: LoopRig["until"] = (holds) =>
    eventually(async () => {
      const found = await rig.containers().catch(() => undefined);
      return found !== undefined && holds(found) ? found : undefined;
    });
  return {
    ...rig,
    loop,
    events,
    reactions,
    get reconnects() {
      return reconnects;
    },
    desire: (next) => {
      desired = next;
      loop.desire(rig.resolve(next));
    },
    until,
    converged: () =>
      eventually(async () => {
        await loop.idle();
        const plan = await rig.plan(desired).catch(() => undefined);
        const containers = await rig.containers().catch(() => undefined);
        return plan !== undefined && rig.outline(plan).length === 0 ? containers : undefined;
      }),
    told: (from = 0) =>
      events
        .slice(from)
        .filter(({ action }) => action === undefined)
        .map(({ reason, instance = "*", message }) =>
          `${reason} ${instance}: ${message}`.replaceAll(rig.fleet, "{fleet}"),
        ),
    acts: (from = 0) =>
      events
        .slice(from)
        .flatMap(({ reason, instance, action }) =>
          reason === "ActionStarted" && action !== undefined ? [`${instance} ${action.kind} ${action.reason}`] : [],
        ),
    journal: async () => {
      await journal.flush();
      return readLast(folder, Number.POSITIVE_INFINITY);
    },
  };
}
