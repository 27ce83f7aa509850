// A program that embeds the library, leases one container, runs a task in it, and never lets go of either. One argument,
// as JSON; prints the lease.
import { readFileSync } from "node:fs";
import { dockerEngine, parseEndpoint, parseFleet, renderDiagnostics } from "@fleet/core";
import { openFleet } from "@fleet/runner";

const { host, file, stateFolder, instance, holder, ttl, task } = JSON.parse(process.argv[2] ?? "");
const parsed = parseFleet(readFileSync(file, "utf8"));
if (!parsed.ok) throw new Error(renderDiagnostics(parsed.diagnostics));
const engine = dockerEngine(parseEndpoint(host));
const fleet = await openFleet({ engine, spec: () => parsed.spec, stateFolder });
await fleet.start();
const acquired = await fleet.acquire(instance, { holder, ttl });
if (!acquired.ok) throw new Error(acquired.message);
engine.exec(acquired.lease.container.id, { command: task });
console.log(JSON.stringify(acquired.lease));
