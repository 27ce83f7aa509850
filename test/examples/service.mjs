// A service that embeds the library, as uid 1000 in the group that may use the engine's socket: keeps the fleet of a file
// until there is nothing to do, leases one container and writes in it. One argument, as JSON; prints what came of it.
import { readFileSync } from "node:fs";
import { dockerEngine, parseEndpoint, parseFleet, renderDiagnostics } from "@fleet/core";
import { openFleet } from "@fleet/runner";

const { host, file, env, token, agent, workingDir } = JSON.parse(process.argv[2] ?? "");
const parsed = parseFleet(readFileSync(file, "utf8"));
if (!parsed.ok) throw new Error(renderDiagnostics(parsed.diagnostics));
const engine = dockerEngine(parseEndpoint(host));
const acts = [];
const fleet = await openFleet({
  engine,
  spec: () => parsed.spec,
  env,
  secrets: async () => token,
  onEvent: ({ reason, instance, action }) => {
    if (reason === "ActionDone") acts.push(`${instance} ${action.kind} ${action.reason}`);
  },
});
await fleet.start();
await fleet.reconcile();
const phases = new Set(fleet.status().instances.map(({ phase, state }) => `${phase} ${state}`));
const acquired = await fleet.acquire(agent, { holder: "task-1", workingDir, writable: [workingDir] });
const written = acquired.ok && (await write(acquired.lease));
await fleet.stop();
await engine.close();
const { uid, gid } = { uid: process.geteuid(), gid: process.getegid() };
const runtime = process.versions.bun === undefined ? "node" : "bun";
console.log(
  JSON.stringify({
    runtime,
    user: `${uid}:${gid}`,
    phases: [...phases],
    acts: acts.sort(),
    refused: acquired.reason,
    written,
  }),
);

/** As a task would, in the container and as its user. */
async function write({ container, release }) {
  const command = ["sh", "-c", "id -u && echo kept > session"];
  const { exitCode, output } = await engine.exec(container.id, { command, workingDir });
  release();
  return `${exitCode} ${output}`;
}
