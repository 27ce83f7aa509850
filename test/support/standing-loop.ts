import {
  type Condition,
  type ConditionType,
  FleetError,
  type FleetEvent,
  type FleetStatus,
  type InstanceStatus,
  type Plan,
  Secret,
} from "@fleet/core";
import type { LoopView } from "@fleet/runner";
import type { EventHistory, HistoryQuery, RecordedEvent } from "@fleet/runner/http";

/** 2025-01-01, in milliseconds since the epoch: where ManualClock begins. */
export const begin = Date.UTC(2025, 0, 1);

/** A condition that has stood since the beginning, changed by `changes`. */
export function condition(
  type: ConditionType,
  status: Condition["status"],
  changes: Partial<Condition> = {},
): Condition {
  return { type, status, reason: "Running", message: `${type} is ${status}`, since: begin, ...changes };
}

/** An instance that runs as it should, changed by `changes`. */
export function instanceStatus(instance: string, changes: Partial<InstanceStatus> = {}): InstanceStatus {
  return {
    instance,
    container: `claude-hooks-${instance}`,
    id: "4f".repeat(32),
    phase: "settled",
    state: "running",
    conditions: [
      condition("Ready", "true"),
      condition("Synced", "true", { reason: "InSync" }),
      condition("Progressing", "false", { reason: "Idle" }),
      condition("Stalled", "false", { reason: "Idle" }),
    ],
    plan: null,
    withheld: [],
    leases: [],
    attempts: 0,
    ...changes,
  };
}

/** The same instance with its container gone. */
export function missingInstance(instance: string, changes: Partial<InstanceStatus> = {}): InstanceStatus {
  const container = `claude-hooks-${instance}`;
  const { id: _, ...there } = instanceStatus(instance);
  return {
    ...there,
    phase: "backingOff",
    state: "missing",
    conditions: [
      condition("Ready", "false", { reason: "NotRunning", message: `${container} is missing` }),
      condition("Synced", "false", { reason: "Differs" }),
      condition("Progressing", "true", { reason: "Waiting" }),
      condition("Stalled", "false", { reason: "Idle" }),
    ],
    plan: {
      instance,
      container,
      verdict: "pending",
      remedy: "create",
      drifts: [],
      actions: [
        {
          kind: "createContainer",
          name: container,
          config: {
            image: "claude-hooks:dev",
            command: ["sleep", "infinity"],
            env: { FORGE_TOKEN: new Secret("hunter2", "env FORGE_TOKEN_DEV") },
          },
          reason: "ContainerMissing",
          causes: [],
        },
      ],
      blocks: [],
    },
    attempts: 2,
    next: { at: begin + 4000, what: "try again" },
    ...changes,
  };
}

/** A loop that stands still until a test changes what it shows; its journal is kept in memory. */
export class StandingLoop implements LoopView {
  /** What `status` shows; an error is thrown. */
  shown: FleetStatus | Error;
  /** What `plan` gives. */
  planned: Plan | Error;
  readonly asked: string[] = [];
  readonly #listeners = new Set<(event: RecordedEvent) => void>();
  readonly #journal: RecordedEvent[] = [];

  constructor(instances: readonly InstanceStatus[], changes: Partial<FleetStatus> = {}) {
    const engine = { address: "unix:///var/run/docker.sock", id: "ENGINE", version: "20.10.24" };
    this.shown = {
      schema: "fleet.loop/v1",
      fleet: "claude-hooks",
      at: begin,
      engine: { ...engine, reachable: true },
      ready: true,
      mode: "converge",
      instances,
      ...changes,
    };
    this.planned = {
      schema: "fleet.plan/v1",
      fleet: "claude-hooks",
      engine,
      basis: "7f3c19aa0d42",
      instances: instances.flatMap(({ plan }) => plan ?? []),
      summary: {
        inSync: 0,
        create: 1,
        replace: 0,
        restart: 0,
        update: 0,
        repair: 0,
        remove: 0,
        blocked: 0,
        reported: 0,
      },
    };
  }

  readonly history: EventHistory = {
    read: async function* (this: StandingLoop, { after = 0, since = 0, instance, limit }: HistoryQuery) {
      const found = this.#journal.filter(
        (event) => event.seq > after && event.at >= since && (instance === undefined || event.instance === instance),
      );
      yield* found.slice(limit === undefined ? 0 : -limit);
    }.bind(this),
  };

  get listeners(): number {
    return this.#listeners.size;
  }

  /** An event's number is 3, 6, 9, …: the journal holds other things too. */
  emit(event: Partial<FleetEvent> = {}): RecordedEvent {
    const seq = 3 * (this.#journal.length + 1);
    const recorded: RecordedEvent = {
      type: "Normal",
      reason: "Settled",
      message: `event ${seq}`,
      at: begin,
      ...event,
      seq,
    };
    this.#journal.push(recorded);
    for (const listener of this.#listeners) listener(recorded);
    return recorded;
  }

  /** Changes one instance. */
  change(name: string, changes: Partial<InstanceStatus>): void {
    const { instances } = this.status();
    this.show({ instances: instances.map((one) => (one.instance === name ? { ...one, ...changes } : one)) });
  }

  show(changes: Partial<FleetStatus>): void {
    this.shown = { ...this.status(), ...changes };
  }

  status(): FleetStatus {
    if (this.shown instanceof Error) throw this.shown;
    return this.shown;
  }

  instance(name: string): InstanceStatus | undefined {
    return this.status().instances.find(({ instance }) => instance === name);
  }

  async plan(): Promise<Plan> {
    if (this.planned instanceof Error) throw this.planned;
    return this.planned;
  }

  wake(name = "everything"): void {
    this.asked.push(`wake ${name}`);
  }

  async suspend(name: string, { until, reason, by }: Parameters<LoopView["suspend"]>[1]): Promise<void> {
    if (this.instance(name) === undefined) throw new FleetError("NotFound", `no ${name}`);
    this.asked.push(`suspend ${name} by ${by}`);
    this.change(name, { hold: { kind: "Suspended", message: reason, ...(until !== undefined && { until }) } });
  }

  async resume(name = "everything"): Promise<void> {
    this.asked.push(`resume ${name}`);
  }

  async confirm(by: string): Promise<void> {
    this.asked.push(`confirm by ${by}`);
  }

  onEvent(listener: (event: RecordedEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
