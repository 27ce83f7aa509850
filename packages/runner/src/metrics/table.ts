/** One metric: what it is called, what it counts, and what it is told apart by. */
export interface MetricRow {
  readonly name: string;
  readonly type: "gauge" | "counter" | "histogram";
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds of a histogram's buckets, in seconds. */
  readonly buckets?: readonly number[];
}

/** From a look at one container to one at a large fleet over a slow connection. */
const lookBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;
/** From an update in place to a pull, or a wait for a slow health check. */
const actBuckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300] as const;
/** From an event that is acted upon at once to trouble that only a list found. */
const reactionBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;

/** Every metric, in the order in which they are shown. */
export const metricTable = {
  info: { name: "fleet_info", type: "gauge", help: "Always 1; the version is a label.", labels: ["version"] },
  instances: {
    name: "fleet_instances",
    type: "gauge",
    help: "Instances by condition (Ready, Synced, Progressing, Stalled) and its status (true, false, unknown).",
    labels: ["condition", "status"],
  },
  instancesHeld: {
    name: "fleet_instances_held",
    type: "gauge",
    help: "Instances to which nothing is done at present, by what holds them (Suspended, Busy, StopGrace).",
    labels: ["kind"],
  },
  held: {
    name: "fleet_held",
    type: "gauge",
    help: "1 while nothing at all is done until somebody confirms, else 0.",
    labels: [],
  },
  specValid: {
    name: "fleet_spec_valid",
    type: "gauge",
    help: "1 while the spec that was offered last holds; 0 while the last good one is followed instead.",
    labels: [],
  },
  engineReachable: {
    name: "fleet_engine_reachable",
    type: "gauge",
    help: "1 while the engine answers, else 0.",
    labels: [],
  },
  actions: {
    name: "fleet_actions_total",
    type: "counter",
    help: "Actions performed, by kind (createContainer, startContainer, mendSource, …) and result (done, failed).",
    labels: ["kind", "result"],
  },
  lookDuration: {
    name: "fleet_look_duration_seconds",
    type: "histogram",
    help: "How long looks at the engine took, those that failed included.",
    labels: [],
    buckets: lookBuckets,
  },
  actDuration: {
    name: "fleet_act_duration_seconds",
    type: "histogram",
    help: "How long actions took, those that failed included.",
    labels: ["kind"],
    buckets: actBuckets,
  },
  reaction: {
    name: "fleet_reaction_seconds",
    type: "histogram",
    help: "From the engine's event, or the list that found the trouble, to the first call that heals.",
    labels: [],
    buckets: reactionBuckets,
  },
  reconnects: {
    name: "fleet_event_stream_reconnects_total",
    type: "counter",
    help: "How often the stream of the engine's events was opened anew.",
    labels: [],
  },
  journalBytes: {
    name: "fleet_journal_bytes",
    type: "gauge",
    help: "Size of the journal on disk, rotated files included.",
    labels: [],
  },
  residentMemory: {
    name: "process_resident_memory_bytes",
    type: "gauge",
    help: "Memory of this process that is in RAM.",
    labels: [],
  },
  cpu: {
    name: "process_cpu_seconds_total",
    type: "counter",
    help: "Processor time that this process has used, in user and system mode.",
    labels: [],
  },
} as const satisfies Readonly<Record<string, MetricRow>>;
