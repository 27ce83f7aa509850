import { expect, test } from "vitest";
import { instanceStatus, missingInstance, StandingLoop } from "../../../../test/support/standing-loop.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { type MetricRow, metricTable } from "./table.ts";

const loop = new StandingLoop([
  instanceStatus("boss-default"),
  missingInstance("dev-default"),
  instanceStatus("reviewer-1"),
]);

const fresh = () => createMetrics({ version: "0.1.0", journalBytes: () => 8192 });

/** The samples of these metrics, one a line, without what changes from run to run. */
async function samples(metrics: Metrics, ...names: string[]): Promise<string[]> {
  const lines = (await metrics.render(loop)).split("\n");
  return lines.filter((line) => names.some((name) => line.startsWith(name)));
}

test("how things stand is taken when it is asked for", async () => {
  const metrics = fresh();
  expect(
    await samples(metrics, "fleet_i", "fleet_held", "fleet_spec", "fleet_engine", "fleet_journal", "fleet_event"),
  ).toEqual([
    'fleet_info{version="0.1.0"} 1',
    'fleet_instances{condition="Ready",status="true"} 2',
    'fleet_instances{condition="Ready",status="false"} 1',
    'fleet_instances{condition="Ready",status="unknown"} 0',
    'fleet_instances{condition="Synced",status="true"} 2',
    'fleet_instances{condition="Synced",status="false"} 1',
    'fleet_instances{condition="Synced",status="unknown"} 0',
    'fleet_instances{condition="Progressing",status="true"} 1',
    'fleet_instances{condition="Progressing",status="false"} 2',
    'fleet_instances{condition="Progressing",status="unknown"} 0',
    'fleet_instances{condition="Stalled",status="true"} 0',
    'fleet_instances{condition="Stalled",status="false"} 3',
    'fleet_instances{condition="Stalled",status="unknown"} 0',
    'fleet_instances_held{kind="Suspended"} 0',
    'fleet_instances_held{kind="Busy"} 0',
    'fleet_instances_held{kind="StopGrace"} 0',
    "fleet_held 0",
    "fleet_spec_valid 1",
    "fleet_engine_reachable 1",
    "fleet_event_stream_reconnects_total 0",
    "fleet_journal_bytes 8192",
  ]);
  const { engine, instances } = loop.status();
  loop.show({ engine: { ...engine, reachable: false }, instances: instances.slice(0, 1) });
  expect(await samples(metrics, "fleet_engine", 'fleet_instances{condition="Ready"')).toEqual([
    'fleet_instances{condition="Ready",status="true"} 1',
    'fleet_instances{condition="Ready",status="false"} 0',
    'fleet_instances{condition="Ready",status="unknown"} 0',
    "fleet_engine_reachable 0",
  ]);
  const hold = { kind: "Breaker", message: "3 of 3 vanished at once" } as const;
  const suspended = instanceStatus("boss-default", { hold: { kind: "Suspended", message: "by anna" } });
  loop.show({ engine, instances: [suspended], hold, specError: "nothing is called `comand` here" });
  expect(await samples(metrics, "fleet_held", "fleet_spec", 'fleet_instances_held{kind="S')).toEqual([
    'fleet_instances_held{kind="Suspended"} 1',
    'fleet_instances_held{kind="StopGrace"} 0',
    "fleet_held 1",
    "fleet_spec_valid 0",
  ]);
  loop.show({ engine, instances });
});

test("what the loop measures is counted, in seconds", async () => {
  const metrics = fresh();
  metrics.acted("createContainer", true, 40);
  metrics.acted("createContainer", true, 60);
  metrics.acted("createContainer", false, 900);
  metrics.acted("startContainer", true, 136);
  metrics.looked(7, true);
  metrics.looked(4000, false);
  metrics.reacted(620);
  metrics.reconnected();
  metrics.reconnected();
  expect(
    await samples(
      metrics,
      "fleet_actions_total",
      "fleet_act_duration_seconds_sum",
      "fleet_act_duration_seconds_count",
      'fleet_look_duration_seconds_bucket{le="0.01"}',
      "fleet_look_duration_seconds_sum",
      "fleet_look_duration_seconds_count",
      'fleet_reaction_seconds_bucket{le="0.5"}',
      'fleet_reaction_seconds_bucket{le="1"}',
      "fleet_event_stream",
    ),
  ).toEqual([
    'fleet_actions_total{kind="createContainer",result="done"} 2',
    'fleet_actions_total{kind="createContainer",result="failed"} 1',
    'fleet_actions_total{kind="startContainer",result="done"} 1',
    'fleet_look_duration_seconds_bucket{le="0.01"} 1',
    "fleet_look_duration_seconds_sum 4.007",
    "fleet_look_duration_seconds_count 2",
    'fleet_act_duration_seconds_sum{kind="createContainer"} 1',
    'fleet_act_duration_seconds_count{kind="createContainer"} 3',
    'fleet_act_duration_seconds_sum{kind="startContainer"} 0.136',
    'fleet_act_duration_seconds_count{kind="startContainer"} 1',
    'fleet_reaction_seconds_bucket{le="0.5"} 0',
    'fleet_reaction_seconds_bucket{le="1"} 1',
    "fleet_event_stream_reconnects_total 2",
  ]);
});

test("the page shows the metrics of the table, in its order, with its words", async () => {
  const lines = (await fresh().render(loop)).split("\n").filter((line) => line.startsWith("#"));
  const rows: readonly MetricRow[] = Object.values(metricTable);
  expect(lines).toEqual(rows.flatMap(({ name, help, type }) => [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`]));
});

test("the process's own memory and processor time are there", async () => {
  const [memory, cpu] = (await samples(fresh(), "process_")).map((line) => Number(line.split(" ")[1]));
  expect(memory).toBeGreaterThan(10_000_000);
  expect(cpu).toBeGreaterThan(0);
});

test("two fleets in one process do not mix", async () => {
  const [one, other] = [fresh(), fresh()];
  one.reconnected();
  expect(await samples(other, "fleet_event_stream")).toEqual(["fleet_event_stream_reconnects_total 0"]);
});

test("a loop that throws makes a page that rejects", async () => {
  const broken = new StandingLoop([]);
  broken.shown = new Error("broken");
  await expect(fresh().render(broken)).rejects.toThrow("broken");
});
