import { holderOf, madeMode, makeCommand, mendCommand } from "../diff/command.ts";
import type { Engine } from "../engine/engine.ts";
import type { SourceObservation } from "../observe/source.ts";
import { helperContainer } from "./helper.ts";
import type { Host, HostReader } from "./host.ts";
import { namesOf } from "./make.ts";

/** Of an engine on another machine: nothing is seen without running something, which a look must not. */
export function remoteHostReader(address: string): HostReader {
  return {
    look: async (): Promise<SourceObservation> => ({
      kind: "unreadable",
      code: "EREMOTE",
      message: `the filesystem of ${address} is not this machine's`,
    }),
    glance: async () => "",
    staleMounts: async () => ({}),
  };
}

/**
 * The filesystem of an engine's own machine, reached only through helper containers, which get its root as their mount
 * and walk from there: no symlink is followed, on the way or at the end.
 */
export function remoteHost(engine: Engine, options: { readonly now?: () => number } = {}): Host {
  const helper = helperContainer(engine, options);
  return {
    ...remoteHostReader(engine.address),
    make: (source, { signal, helperImage } = {}) =>
      helper.run(
        {
          verb: "make",
          mount: "/",
          expect: null,
          path: source.path.slice(1),
          type: source.type,
          owner: source.ownership ?? null,
          mode: madeMode(source),
          recursive: false,
          nested: source.nested.map((path) => namesOf(path).join("/")),
          source: source.path,
          hint: makeCommand(source, holderOf(source.path)),
        },
        { image: helperImage, signal },
      ),
    mend: (source, ownership, { signal, helperImage } = {}) =>
      helper.run(
        {
          verb: "mend",
          mount: "/",
          expect: null,
          path: source.path.slice(1),
          type: source.type,
          owner: ownership,
          mode: ownership.mode ?? null,
          recursive: ownership.recursive,
          nested: [],
          source: source.path,
          hint: mendCommand(source.path, ownership),
        },
        { image: helperImage, signal },
      ),
  };
}
