import { chownSync, mkdirSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { ask } from "../support/ask.ts";
import type { Operator } from "../support/operator.ts";
import type { Dice } from "./dice.ts";
import type { Draft } from "./draft.ts";

export interface Victims {
  readonly host: string;
  readonly fleet: string;
  /** That sources are below. */
  readonly folder: string;
  readonly operator: Operator;
  readonly draft: Draft;
}

/** What one burst did. */
export interface Harm {
  /** `remove agent-3`, in order. */
  readonly deeds: readonly string[];
  /** Containers that were removed. */
  readonly removed: readonly { readonly instance: string; readonly id: string }[];
}

const deeds = ["remove", "stop", "kill", "pause", "rename", "update", "disconnect", "chown", "rmdir", "edit"] as const;

/** Milliseconds between two deeds, at most. */
const longestPause = 300;

/** Does a few things to a fleet that nobody should; that one is refused, as its victim is just gone, is no matter. */
export async function burst(dice: Dice, victims: Victims, edited: () => Promise<void>): Promise<Harm> {
  const done: string[] = [];
  const removed: { instance: string; id: string }[] = [];
  for (let left = 1 + dice.below(8); left > 0; left -= 1) {
    const deed = dice.one(deeds);
    const instance = deed === "edit" ? victims.draft.edit(dice) : dice.one(victims.draft.names);
    const source = `${victims.folder}/${dice.one(victims.draft.sources)}`;
    done.push(`${deed} ${deed === "chown" || deed === "rmdir" ? source.slice(victims.folder.length + 1) : instance}`);
    try {
      const id = await harm(deed, { ...victims, instance, source, again: dice.once(2), edited });
      if (id !== undefined) removed.push({ instance, id });
    } catch (error) {
      done.push(`refused: ${(error as Error).message}`);
    }
    await sleep(dice.below(longestPause));
  }
  return { deeds: done, removed };
}

interface Deed extends Victims {
  readonly instance: string;
  readonly source: string;
  /** A directory that is removed is made again at once. */
  readonly again: boolean;
  readonly edited: () => Promise<void>;
}

/** The id of the container that it removed. */
async function harm(
  deed: (typeof deeds)[number],
  { host, fleet, operator, instance, source, again, edited }: Deed,
): Promise<string | undefined> {
  const name = `${fleet}-${instance}`;
  switch (deed) {
    case "remove": {
      const { Id } = (await ask(host, "GET", `/containers/${name}/json`)) as { readonly Id: string };
      await ask(host, "DELETE", `/containers/${Id}?force=1`);
      return Id;
    }
    case "stop":
      return void (await operator.stop(name));
    case "kill":
      return void (await operator.kill(name));
    case "pause":
      return void (await operator.pause(name));
    case "rename":
      return void (await operator.rename(name, `${name}-astray`));
    case "update":
      return void (await operator.update(name, { Memory: 48 << 20, MemorySwap: 96 << 20 }));
    case "disconnect":
      return void (await operator.disconnect(`${fleet}-net`, name));
    case "chown":
      chownSync(source, 0, 0);
      return undefined;
    case "rmdir":
      rmSync(source, { recursive: true, force: true });
      if (again) mkdirSync(source, { recursive: true });
      return undefined;
    case "edit":
      return void (await edited());
  }
}
