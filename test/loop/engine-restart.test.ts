import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { agents } from "../support/agents.ts";
import { realEngines } from "../support/engines.ts";
import { openLoop } from "../support/loop-rig.ts";
import { type OwnEngines, ownEngines } from "../support/own-engines.ts";
import { eventually } from "../support/world.ts";

/** How long the engine is gone. Seconds; any number is as good, and a long one is for a run by hand. */
const away = Number(process.env.FLEET_AWAY ?? 3);

describe.each(realEngines().filter(({ version }) => version !== "28"))(
  "engine $version",
  ({ version, host: shared }) => {
    let engines: OwnEngines;
    let host = "";
    let stateDir = "";

    beforeAll(async () => {
      engines = await ownEngines(shared, "loop");
      ({ host, stateDir } = await engines.startEngine({ version }));
    }, 300_000);
    afterAll(() => engines.purgeEngine(version), 120_000);

    test.each([
      { signal: "SIGTERM", liveRestore: false },
      { signal: "SIGKILL", liveRestore: false },
      { signal: "SIGTERM", liveRestore: true },
      { signal: "SIGKILL", liveRestore: true },
    ] as const)(
      "$signal, live-restore $liveRestore: nothing is done while it is away, and then the same eight run",
      async ({ signal, liveRestore }) => {
        await setLiveRestore(liveRestore);
        const rig = await openLoop({ version, host }, agents);
        const before = await rig.converged();
        expect(Object.keys(before)).toHaveLength(8);
        const told = rig.events.length;
        await engines.restartEngine(version, { signal, awayMs: away * 1000 });
        const after = await rig.until((found) => Object.values(found).every(({ status }) => status === "running"));
        const [ids, running] = [before, after].map((found) => Object.values(found).map(({ id }) => id));
        expect(running).toEqual(ids);
        await eventually(async () =>
          rig.events.some(({ reason }) => reason === "EngineReachable") ? true : undefined,
        );
        await rig.converged();
        const said = rig.events.slice(told);
        const [gone, back] = ["EngineUnreachable", "EngineReachable"].map((word) =>
          said.filter(({ reason }) => reason === word),
        );
        expect([gone?.length, back?.length]).toEqual([1, 1]);
        const whileAway = said.slice(said.indexOf(gone?.[0] as never), said.indexOf(back?.[0] as never));
        expect(whileAway.filter(({ action }) => action !== undefined)).toEqual([]);
        const acts = rig.acts(told);
        expect(acts.filter((act) => !act.endsWith(" startContainer ContainerExited"))).toEqual([]);
        if (liveRestore) expect([acts, await rig.containers()]).toEqual([[], before]);
        console.log(
          `Docker ${version}, ${signal}, live-restore ${liveRestore}, away ${away} s: ${acts.length} started by the loop`,
        );
      },
      180_000,
    );

    /** The engine reads it when it starts. */
    async function setLiveRestore(on: boolean): Promise<void> {
      const file = `${stateDir}/daemon.json`;
      const config = JSON.parse(readFileSync(file, "utf8"));
      if (on === (config["live-restore"] === true)) return;
      writeFileSync(file, JSON.stringify({ ...config, "live-restore": on }));
      await engines.restartEngine(version, { signal: "SIGTERM" });
    }
  },
);
