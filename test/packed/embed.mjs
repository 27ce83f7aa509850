/**
 * A fleet inside a program of its own, on the installed packages and a memory engine, under whatever runtime runs it.
 * Argument: a folder of its own. Prints one JSON document.
 */
import { diagnoseExec } from "@fleet/core";
import { memoryEngine, memoryHost } from "@fleet/core/testing";
import { defineFleet, openFleet } from "@fleet/runner";

const [folder] = process.argv.slice(2);
const host = memoryHost();
const engine = memoryEngine({ host, images: { "agents:1": { command: ["sleep", "infinity"] } } });
let token = "first-t0ken";
const spec = () =>
  defineFleet({
    apiVersion: "fleet/v1",
    kind: "Fleet",
    metadata: { name: "packed" },
    spec: {
      templates: { agent: { image: "agents:1", env: { TOKEN: { secret: "TOKEN" } } } },
      instances: [
        { name: "hot", template: "agent" },
        { name: "lazy", template: "agent", lifecycle: { kind: "lazy", idleStop: "10s" } },
      ],
    },
  });
const reasons = new Set();
const replaced = [];
const fleet = await openFleet({
  spec,
  engine,
  host,
  secrets: async () => token,
  stateFolder: folder,
  onEvent: ({ reason }) => reasons.add(reason),
  afterReplace: (instance) => replaced.push(instance),
});
await fleet.start();
await fleet.reconcile();
const steps = { settled: phases() };
const acquired = await fleet.acquire("lazy", { holder: "task-1", workingDir: "/" });
steps.acquired = acquired.ok && acquired.lease.container.name;
steps.refused = (await fleet.acquire("hot", { holder: "task-2", workingDir: "/gone" })).reason;
steps.pick = fleet.pickReady()?.instance;
token = "second-t0ken";
await fleet.reconcile();
steps.rotated = phases();
if (acquired.ok) acquired.lease.release();
await fleet.reconcile();
steps.released = phases();
engine.remove("packed-hot");
const events = fleet.events()[Symbol.asyncIterator]();
steps.vanished = (await events.next()).value.reason;
await fleet.reconcile();
steps.healed = phases();
steps.replaced = replaced.sort();
steps.diagnosis = diagnoseExec({ exitCode: 137, output: "" }).reason;
steps.shown = JSON.stringify([fleet.status(), await fleet.plan()]).includes("t0ken");
await fleet.stop();
steps.stopped = reasons.has("LoopStopped");
// Nothing keeps the program from its end.
process.once("exit", () =>
  console.log(JSON.stringify({ runtime: process.versions.bun === undefined ? "node" : "bun", ...steps })),
);

function phases() {
  return fleet.status().instances.map(({ instance, phase, state }) => `${instance} ${phase} ${state}`);
}
