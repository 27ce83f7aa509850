import { type Engine, FleetError, isFleetError } from "@fleet/core";

/**
 * The same engine, which is `Unreachable` while `claim` rejects with `Locked` for it: every look begins with who answers,
 * and nobody acts before a look.
 */
export function claimedEngine(engine: Engine, claim: (engineId: string) => Promise<void>): Engine {
  const info: Engine["info"] = async (options) => {
    const found = await engine.info(options);
    await claim(found.id).catch((error) => {
      if (!isFleetError(error, "Locked")) throw error;
      throw new FleetError("Unreachable", error.message, { ...(error.hint !== undefined && { hint: error.hint }) });
    });
    return found;
  };
  return new Proxy(engine, {
    get: (target, key) => {
      const member = key === "info" ? info : Reflect.get(target, key);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}
