import { followJournal, type JournalEntry, readJournal, readLast } from "@fleet/runner";
import type { Run } from "../commands.ts";
import { renderEntry } from "../events/lines.ts";
import { isShown, shownKinds } from "../events/range.ts";
import { exit } from "../exit.ts";
import { outlineFleet } from "../fleet.ts";
import type { EngineOptions, FleetOptions, StateOptions } from "../options.ts";
import { journalFolder } from "../state/folder.ts";
import { knownInstances } from "../state/known-instances.ts";
import { knownStateFolder } from "../state/required-folder.ts";
import { selectTargets } from "../targets.ts";

interface EventsOptions extends FleetOptions, EngineOptions, StateOptions {
  readonly names: readonly string[];
  /** Milliseconds. */
  readonly since?: number;
  readonly follow?: true;
}

/** Entries that are shown when no time is given. */
const few = 50;

export const events: Run<EventsOptions> = async (program, output, options) => {
  const { clock, stdout } = program;
  const fleet = await outlineFleet(program, output, options);
  const state = knownStateFolder(program, options, fleet.name);
  const folder = journalFolder(state);
  const known = await knownInstances(program, state, undefined);
  const names = new Set(options.names);
  const width = Math.max(
    0,
    ...[...fleet.instances.map(({ name }) => name), ...known, ...options.names].map(({ length }) => length),
  );
  let shown = 0;
  let last = (await readLast(folder, 1)).at(-1)?.seq ?? 0;
  const show = (entry: JournalEntry): void => {
    last = Math.max(last, entry.seq);
    if (!isShown(entry, names)) return;
    shown += 1;
    output.document(entry);
    if (!output.json) output.text(renderEntry(entry, { paint: output.paint, width, now: clock.now() }));
  };

  for await (const entry of past()) show(entry);
  if (shown === 0) {
    // Of one that left the file there may be something to tell; of one that nobody knows there never is.
    selectTargets(fleet, options.names, known);
    if (!options.follow) output.note(`Nothing is written down in ${folder}${limits()}.\n`);
  }
  if (options.follow) await follow();
  return exit.done;

  async function* past(): AsyncGenerator<JournalEntry> {
    if (options.since !== undefined) {
      yield* readJournal(folder, { since: clock.now() - options.since, kinds: shownKinds });
      return;
    }
    const [one] = options.names;
    if (options.names.length <= 1) {
      yield* await readLast(folder, few, { kinds: shownKinds, ...(one !== undefined && { instance: one }) });
      return;
    }
    const found: JournalEntry[] = [];
    for await (const entry of readJournal(folder, { kinds: shownKinds })) {
      if (isShown(entry, names)) found.push(entry);
    }
    yield* found.slice(-few);
  }

  async function follow(): Promise<void> {
    const stop = new AbortController();
    const end = (): void => stop.abort();
    program.signals.on("SIGINT", end);
    // Nobody reads any more.
    stdout.on("error", end);
    try {
      const query = { after: last, kinds: shownKinds };
      for await (const entry of followJournal(folder, query, { clock, signal: stop.signal })) show(entry);
    } finally {
      program.signals.off("SIGINT", end);
      stdout.off("error", end);
    }
  }

  function limits(): string {
    const about = options.names.length === 0 ? "" : ` about ${options.names.join(", ")}`;
    return options.since === undefined ? about : `${about} within that time`;
  }
};
