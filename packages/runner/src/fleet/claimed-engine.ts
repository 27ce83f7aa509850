import type { Engine } from "@fleet/core";

/**
 * The same engine, which says who it is only to whom `claim` lets have it: every look begins with that, and nobody acts
 * before a look.
 */
export function claimedEngine(engine: Engine, claim: (engineId: string) => Promise<void>): Engine {
  const info: Engine["info"] = async (options) => {
    const found = await engine.info(options);
    await claim(found.id);
    return found;
  };
  return new Proxy(engine, {
    get: (target, key) => {
      const member = key === "info" ? info : Reflect.get(target, key);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}
