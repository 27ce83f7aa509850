import type { HostReader, InstanceSpec } from "@fleet/core";

/** How many instances' sources are glanced at at a time. */
const atOnce = 64;

/** Finds between two looks which bind sources are not as they were. */
export class Glances {
  readonly #host: Pick<HostReader, "glance">;
  /** By instance. */
  #last: ReadonlyMap<string, string> = new Map();
  #underWay = false;

  constructor(host: Pick<HostReader, "glance">) {
    this.#host = host;
  }

  /**
   * Glances at the sources of all `specs`. Gives the instances whose sources changed since the glance before; one that was not
   * there then has not changed. A filesystem that hangs is not asked twice: then it gives none.
   */
  async take(specs: readonly InstanceSpec[]): Promise<readonly string[]> {
    if (this.#underWay) return [];
    this.#underWay = true;
    const found = new Map<string, string>();
    for (let begin = 0; begin < specs.length; begin += atOnce) {
      await Promise.all(
        specs.slice(begin, begin + atOnce).map(async ({ name, sources }) => {
          const marks = await Promise.all(sources.map((source) => this.#host.glance(source)));
          found.set(name, marks.join("\n"));
        }),
      );
    }
    const before = this.#last;
    this.#last = found;
    this.#underWay = false;
    return [...found].flatMap(([name, now]) => (before.has(name) && before.get(name) !== now ? [name] : [])).sort();
  }
}
