import type { ConditionType, Hold } from "@fleet/core";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { LoopMeter, LoopView } from "../loop/view.ts";
import { type MetricRow, metricTable } from "./table.ts";

/** What the loop does not know of itself. */
export interface MetricsOptions {
  /** Of the program, for `fleet_info`. */
  readonly version: string;
  /** Bytes on disk, from memory. */
  readonly journalBytes: () => number;
}

/** Keeps what the loop measures, and shows it together with how things stand at that moment. */
export interface Metrics extends LoopMeter {
  /** Of what `render` gives: Prometheus's text format. */
  readonly contentType: string;
  /** All of them as text, with how things stand in `view` at this moment. */
  render(view: LoopView): Promise<string>;
}

const conditions: readonly ConditionType[] = ["Ready", "Synced", "Progressing", "Stalled"];
const holds: readonly Hold["kind"][] = ["Suspended", "Busy", "StopGrace"];
const statuses = ["true", "false", "unknown"] as const;

/** Each has a registry of its own: several fleets in one process do not mix. */
export function createMetrics({ version, journalBytes }: MetricsOptions): Metrics {
  const registry = new Registry();
  const gauge = (row: MetricRow): Gauge => new Gauge(settings(row, registry));
  const counter = (row: MetricRow): Counter => new Counter(settings(row, registry));
  const histogram = (row: MetricRow): Histogram =>
    new Histogram({ ...settings(row, registry), ...(row.buckets && { buckets: [...row.buckets] }) });

  // In the order of the table: it is the order of the page.
  const shown = {
    info: gauge(metricTable.info),
    instances: gauge(metricTable.instances),
    instancesHeld: gauge(metricTable.instancesHeld),
    held: gauge(metricTable.held),
    specValid: gauge(metricTable.specValid),
    engineReachable: gauge(metricTable.engineReachable),
    actions: counter(metricTable.actions),
    lookDuration: histogram(metricTable.lookDuration),
    actDuration: histogram(metricTable.actDuration),
    reaction: histogram(metricTable.reaction),
    reconnects: counter(metricTable.reconnects),
    journalBytes: gauge(metricTable.journalBytes),
    residentMemory: gauge(metricTable.residentMemory),
    cpu: counter(metricTable.cpu),
  } satisfies Record<keyof typeof metricTable, unknown>;
  shown.info.set({ version }, 1);

  const take = (view: LoopView): void => {
    const { engine, hold, specError, instances } = view.status();
    const all = instances.flatMap((instance) => instance.conditions);
    for (const condition of conditions) {
      for (const status of statuses) {
        const count = all.filter((one) => one.type === condition && one.status === status).length;
        shown.instances.set({ condition, status }, count);
      }
    }
    for (const kind of holds) {
      shown.instancesHeld.set({ kind }, instances.filter((instance) => instance.hold?.kind === kind).length);
    }
    shown.held.set(hold === undefined ? 0 : 1);
    shown.specValid.set(specError === undefined ? 1 : 0);
    shown.engineReachable.set(engine.reachable ? 1 : 0);
    shown.journalBytes.set(journalBytes());
    shown.residentMemory.set(process.memoryUsage.rss());
    const { user, system } = process.cpuUsage();
    shown.cpu.reset();
    shown.cpu.inc((user + system) / 1e6);
  };

  return {
    contentType: registry.contentType,
    render: async (view) => {
      take(view);
      return registry.metrics();
    },
    looked: (duration) => shown.lookDuration.observe(duration / 1000),
    acted: (kind, ok, duration) => {
      shown.actions.inc({ kind, result: ok ? "done" : "failed" });
      shown.actDuration.observe({ kind }, duration / 1000);
    },
    reacted: (duration) => shown.reaction.observe(duration / 1000),
    reconnected: () => shown.reconnects.inc(),
  };
}

function settings({ name, help, labels }: MetricRow, registry: Registry) {
  return { name, help, labelNames: [...labels], registers: [registry] };
}
