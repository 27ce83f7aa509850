// A process of a service user, uid 1000 in the group that may use the engine's socket: does what its one argument says
// with this machine's bind sources, and prints what came of it.
import { renameSync, symlinkSync } from "node:fs";
import { diffSource, dockerEngine, localHost, parseEndpoint } from "@fleet/core";

const { host: address, source, helperImage, withEngine, swapBeforeHelper } = JSON.parse(process.argv[2] ?? "");
const engine = dockerEngine(parseEndpoint(address));
/** Somebody who is quick: acts after the last look and before the helper container is made. */
const watched = {
  ...bound(engine),
  createContainer: (...words) => {
    if (swapBeforeHelper !== undefined) {
      renameSync(source.path, `${source.path}.away`);
      symlinkSync(swapBeforeHelper, source.path);
    }
    return engine.createContainer(...words);
  },
};
const host = localHost({ engine: withEngine ? watched : null, uid: process.geteuid() });

const seen = await host.look(source);
const diff = diffSource(source, seen, "none");
const done = [];
for (const step of diff.steps) {
  const options = helperImage === undefined ? {} : { helperImage };
  const began = step.kind === "makeSource" ? host.make(source, options) : host.mend(source, step.ownership, options);
  done.push(await began.catch(({ code, message, hint, retry }) => ({ code, message, hint, retry })));
}
const after = diffSource(source, await host.look(source), "none");
await engine.close();
process.stdout.write(JSON.stringify({ seen, diff, done, after }));

/** The methods of a class instance, for a copy with one of them replaced. */
function bound(object) {
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(object)).filter((name) => name !== "constructor");
  return Object.fromEntries(names.map((name) => [name, object[name].bind(object)]));
}
