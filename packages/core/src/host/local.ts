import { holderOf, madeMode, makeCommand, mendCommand } from "../diff/command.ts";
import type { Engine } from "../engine/engine.ts";
import { FleetError, isFleetError } from "../errors.ts";
import type { Ownership, SourceSpec } from "../spec/instance.ts";
import { errnoOf, hostError, isDenied, PathError } from "./errno.ts";
import { glance } from "./glance.ts";
import { type HelperJob, helperContainer } from "./helper.ts";
import type { Host, HostCallOptions, HostReader, MendResult } from "./host.ts";
import { look } from "./look.ts";
import { makeDirectly, namesOf, whatToMake } from "./make.ts";
import { mendDirectly } from "./mend.ts";
import { oneAtATime } from "./one-at-a-time.ts";
import type { Pinned } from "./pinned.ts";
import { staleMounts } from "./stale.ts";
import { type Walk, walk } from "./walk.ts";

/** What a host on this machine is made of. */
export interface LocalHostOptions {
  /** Runs the helper container where this process may not; null: a person is told the command instead. */
  readonly engine: Engine | null;
  /** Effective uid of this process. What root may not, a helper may not either. */
  readonly uid: number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** Looks at bind sources on this machine's own filesystem. */
export function localHostReader(): HostReader {
  return { look, glance, staleMounts };
}

/**
 * The filesystem of this machine, which the engine must share. Never follows a symlink at the end of a path, and on the
 * way only root's own. Without /proc (not Linux) the checks are the same and a race against somebody who renames
 * directories meanwhile is possible.
 */
export function localHost({ engine, uid, now }: LocalHostOptions): Host {
  const helper = engine === null ? null : helperContainer(engine, now === undefined ? {} : { now });
  // Two sources may lack the same ancestor: each would take what the other has only begun to make for a stranger's.
  const makings = oneAtATime();

  /** First as this process; what it is denied, as root in a container. */
  async function directlyOrHelped(
    directly: () => Promise<MendResult["skipped"]>,
    job: () => HelperJob,
    { signal, helperImage }: HostCallOptions,
  ): Promise<MendResult> {
    try {
      return { by: "direct", skipped: await directly() };
    } catch (error) {
      if (!isDenied(errnoOf(error)) || uid === 0) throw error;
      const denied = `this process (uid ${uid}) may not: ${(error as Error).message}`;
      if (helper === null) throw new FleetError("Forbidden", denied, { hint: job().hint, cause: error });
      return await helper.run(job(), { image: helperImage, signal }).catch((refused: unknown) => {
        if (!isFleetError(refused, "Forbidden")) throw refused;
        throw new FleetError("Forbidden", `${denied}; ${refused.message}`, { hint: job().hint, cause: refused });
      });
    }
  }

  return {
    look,
    glance,
    staleMounts,

    make: (source, options = {}) =>
      makings(() =>
        onPath(
          source,
          "make",
          options,
          (end) => makeCommand(source, end?.lastPath ?? holderOf(source.path)),
          async (end) => {
            const making = await whatToMake(end, source);
            return directlyOrHelped(
              () => makeDirectly(making, source, options.signal).then(() => []),
              () => ({
                ...jobFor(source, source.ownership, making.base, makeCommand(source, making.basePath)),
                verb: making.replace ? "replace" : "make",
                mount: making.basePath,
                path: making.names.join("/"),
                mode: madeMode(source),
                nested: source.nested.map((path) => namesOf(path).join("/")),
              }),
              options,
            );
          },
        ),
      ),

    mend: (source, ownership, options = {}) =>
      onPath(
        source,
        "mend",
        options,
        () => mendCommand(source.path, ownership),
        async ({ last, missing }) => {
          if (missing.length > 0) throw new PathError("ENOENT", `${source.path} does not exist`);
          const { stats } = last;
          if (source.type === "directory" ? !stats.isDirectory() : !stats.isFile()) {
            throw new PathError("EEXIST", `${source.path} is not a ${source.type}`);
          }
          return directlyOrHelped(
            () => mendDirectly(last, source, ownership, options.signal),
            () => ({
              ...jobFor(source, ownership, last, mendCommand(source.path, ownership)),
              verb: "mend",
              mount: source.path,
              path: "",
              mode: ownership.mode ?? null,
              nested: [],
            }),
            options,
          );
        },
      ),
  };
}

/** Walks there, and turns what goes wrong into a FleetError. */
async function onPath(
  source: SourceSpec,
  verb: string,
  { signal }: HostCallOptions,
  hint: (end: Walk | null) => string,
  use: (end: Walk) => Promise<MendResult>,
): Promise<MendResult> {
  let reached: Walk | null = null;
  try {
    signal?.throwIfAborted();
    return await walk(source.path, (end) => {
      reached = end;
      return use(end);
    });
  } catch (error) {
    if (signal?.aborted === true && !isFleetError(error)) {
      throw new FleetError("Cancelled", `stopped before ${source.path} was done`, { cause: error });
    }
    throw hostError(error, `cannot ${verb} ${source.path}`, hint(reached));
  }
}

function jobFor(source: SourceSpec, ownership: Ownership | undefined, mounted: Pinned, hint: string) {
  return {
    expect: { device: mounted.stats.dev, inode: mounted.stats.ino },
    type: source.type,
    owner: ownership === undefined ? null : { uid: ownership.uid, gid: ownership.gid },
    recursive: ownership?.recursive ?? false,
    source: source.path,
    hint,
  };
}
