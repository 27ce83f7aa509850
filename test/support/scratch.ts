import { type Engine, isFleetError } from "../../packages/core/src/index.ts";

/** What one test file makes on an engine that it shares with others: all of it has a prefix of its own. */
export interface Scratch {
  /** A name that is this file's. */
  name(rest: string): string;
  /** Removes whatever has the prefix. */
  clean(): Promise<void>;
}

export function scratch(engine: Engine, label: string): Scratch {
  const prefix = `fleet-${label}-${process.pid}-`;
  const mine = (named: { readonly name: string }): boolean => named.name.startsWith(prefix);
  const unlessGone = (error: unknown): void => {
    if (!isFleetError(error, "NotFound", "InProgress")) throw error;
  };
  return {
    name: (rest) => `${prefix}${rest}`,
    clean: async () => {
      for (const { id } of (await engine.listContainers()).filter(mine)) {
        await engine.removeContainer(id, { force: true }).catch(unlessGone);
      }
      for (const { name } of (await engine.listNetworks()).filter(mine))
        await engine.removeNetwork(name).catch(unlessGone);
      for (const { name } of (await engine.listVolumes()).filter(mine))
        await engine.removeVolume(name).catch(unlessGone);
    },
  };
}
