import { describe, expect, test } from "vitest";
import { timeRemoval } from "../../bench/removal.mjs";
import { agents } from "../support/agents.ts";
import { realEngines } from "../support/engines.ts";
import { openLoop } from "../support/loop-rig.ts";

const rounds = 30;
const victim = "dev-default";

describe.each(realEngines())("engine $version", (real) => {
  test("of eight agents one is removed by force, thirty times: each time it is back, and what befell it is written down before", async () => {
    const rig = await openLoop(real, agents);
    const { [victim]: _, ...others } = await rig.converged();
    expect(Object.keys(others)).toHaveLength(7);
    const began = rig.reactions.length;
    const absences = [];
    const ids = [];
    for (let round = 0; round < rounds; round += 1) {
      ids.push((await rig.containers())[victim]?.id);
      absences.push(await timeRemoval(real.host, `${rig.fleet}-${victim}`));
      await rig.loop.idle();
    }
    const { [victim]: healed, ...after } = await rig.converged();
    expect(healed?.status).toBe("running");
    expect(after).toEqual(others);
    const ours = rig.reactions.slice(began);
    console.log(
      [
        `Docker ${real.version}: removed by force ${rounds} times, ms until it runs again (median, worst)`,
        `since the removal's answer ${spread(absences.map(({ sinceAnswer }) => sinceAnswer))}`,
        `since the engine's event ${spread(absences.map(({ sinceEvent }) => sinceEvent))}`,
        `of it until our first call ${spread(ours)}`,
      ].join("; "),
    );
    expect(ours).toHaveLength(rounds);

    const journal = (await rig.journal()).filter(({ instance }) => instance === victim);
    const evidence = journal.flatMap(({ seq, ...entry }) =>
      entry.kind === "evidence" ? [{ seq, id: entry.evidence.container?.id, reason: entry.evidence.reason }] : [],
    );
    expect(evidence.map(({ id, reason }) => [id, reason])).toEqual(ids.map((id) => [id, "ContainerVanished"]));
    const creations = journal
      .filter((entry) => entry.kind === "event" && entry.event.reason === "ActionStarted")
      .filter((entry) => entry.kind === "event" && entry.event.action?.kind === "createContainer")
      .map(({ seq }) => seq);
    // The first made it; each other one comes between what befell the one before it and what befell it.
    const order = [...evidence, ...creations.slice(1).map((seq) => ({ seq, id: "created" }))].sort(
      (a, b) => a.seq - b.seq,
    );
    expect(order.map(({ id }) => id)).toEqual(ids.flatMap((id) => [id, "created"]));
  }, 180_000);
});

/** Of whole milliseconds. */
function spread(durations: readonly number[]): string {
  const sorted = durations.map(Math.round).sort((a, b) => a - b);
  return `${sorted[Math.floor(sorted.length / 2)]}, ${sorted.at(-1)}`;
}
