import type { ExitCode } from "./exit.ts";
import type { OptionName } from "./options.ts";
import type { Output } from "./output.ts";
import type { Program } from "./program.ts";

/** A command's work. Rejects with what is to be reported as its failure. */
export type Run<Options> = (program: Program, output: Output, options: Options) => Promise<ExitCode>;

export interface CommandSpec {
  readonly name: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  readonly description: string;
  /** What stands beside the options, and the name under which it joins them. */
  readonly argument?: {
    readonly syntax: `<${string}>` | `[${string}]`;
    readonly key: string;
    readonly description: string;
  };
  readonly options: readonly OptionName[];
  /** Options that say nothing without another: that other one. */
  readonly needs?: Readonly<Partial<Record<OptionName, OptionName>>>;
  /** With `-o json` it writes many documents, one a line. */
  readonly lines?: true;
  readonly examples: readonly (readonly [command: string, meaning: string])[];
  /** Loads the command's code, which no other command pays for. */
  readonly load: () => Promise<Run<never>>;
}

const engine = ["host", "context"] as const;
const output = ["output", "color"] as const;

export const commands: readonly CommandSpec[] = [
  {
    name: "validate",
    summary: "check the fleet file, without an engine",
    description: `Reads the fleet file and everything that it refers to (variables, secrets, env files), and says what is wrong \
with it: all of it, each with its place. No engine is asked.`,
    options: ["file", ...output],
    examples: [
      ["fleet validate", "check ./fleet.yaml"],
      ["generate | fleet validate -f -", "check what another program writes"],
    ],
    load: async () => (await import("./commands/validate.ts")).validate,
  },
  {
    name: "plan",
    summary: "show what apply would change, field by field; changes nothing",
    description: `Compares the fleet file with the engine and the host, and shows every field that differs, what caused it \
and what mending it costs. It only reads.`,
    options: ["file", "target", ...engine, "state", "detailedExitcode", ...output],
    examples: [
      ["fleet plan", "compare everything"],
      ["fleet plan --target web --target db", "only these two instances"],
      ["fleet plan --detailed-exitcode -o json", "for a script: exit code 2 means that something differs"],
    ],
    load: async () => (await import("./commands/plan.ts")).plan,
  },
  {
    name: "apply",
    summary: "bring the fleet to what its file says",
    description: `Plans, shows the plan, asks, and then brings every instance to its spec. Instances are independent: one that \
fails holds up no other. A container with work inside is not restarted, replaced or removed: its instance is reported as \
blocked. Ctrl-C finishes what is under way; a second one stops at once.`,
    options: ["file", "target", "basis", "yes", "force", "timeout", ...engine, "state", ...output],
    examples: [
      ["fleet apply", "show the plan, ask, apply"],
      ["fleet apply --yes --timeout 2m", "without a question, as in a deployment"],
      ["fleet apply --basis 7f3c19aa04d1 --yes", "only what was reviewed, or exit code 6"],
      ["fleet apply --force --target web", "cut what runs inside web"],
    ],
    load: async () => (await import("./commands/apply.ts")).apply,
  },
  {
    name: "status",
    summary: "show how each instance is",
    description: `One look at the engine: whether each instance runs, is ready, and is as the fleet file says.`,
    options: ["file", "fleet", "target", ...engine, "state", "detailedExitcode", ...output],
    examples: [
      ["fleet status", "a line for each instance"],
      ["fleet status -o json", "for a script"],
      ["fleet status --fleet demo", "when the fleet file is broken or not at hand"],
    ],
    load: async () => (await import("./commands/status.ts")).status,
  },
  {
    name: "run",
    summary: "keep the fleet as its file says, until it is stopped",
    description: `Watches the engine, and mends at once what differs from the fleet file: a container that vanished, ended \
or was changed, a directory whose owner is wrong. What happened is written down first. It follows the fleet file as that \
changes, and keeps the last good one. SIGTERM or Ctrl-C finishes what is under way and ends it; containers go on. With \
--once it ends as soon as nothing more is to be done, after --timeout at the latest.`,
    options: [
      "file",
      "once",
      "timeout",
      "listen",
      "listenRemote",
      "listenName",
      "notify",
      "logLevel",
      ...engine,
      "state",
      ...output,
    ],
    needs: { timeout: "once", listenRemote: "listen", listenName: "listen" },
    lines: true,
    examples: [
      ["fleet run", "until Ctrl-C"],
      ["fleet run --listen 127.0.0.1:8080", "with status, events and metrics over HTTP"],
      ["fleet run --once --timeout 2m", "from a timer; exit code 3 when something is left"],
    ],
    load: async () => (await import("./commands/run.ts")).run,
  },
  {
    name: "events",
    summary: "show what happened to the fleet, and what was done about it",
    description: `Reads what fleet run wrote down, whether it runs now or not: a line for each event, and below it what was \
found out before it was mended.`,
    argument: { syntax: "[name...]", key: "names", description: "only these instances" },
    options: ["file", "fleet", "since", "follow", ...engine, "state", ...output],
    lines: true,
    examples: [
      ["fleet events --since 10m", "of the last ten minutes"],
      ["fleet events --follow web db", "of two instances, as it happens"],
    ],
    load: async () => (await import("./commands/events.ts")).events,
  },
  {
    name: "explain",
    summary: "say why an instance is as it is, and what happens next",
    description: `What the instance should be and what it is, what was last done to it and why, what is in its way, and what \
happens next. Asks fleet run when it runs for this fleet, and looks for itself otherwise.`,
    argument: { syntax: "<name>", key: "name", description: "an instance" },
    options: ["file", "fleet", ...engine, "state", ...output],
    examples: [["fleet explain web", "all there is to know about web"]],
    load: async () => (await import("./commands/explain.ts")).explain,
  },
  {
    name: "suspend",
    summary: "have fleet run leave an instance alone",
    description: `Hands off: fleet run does nothing to the instance until the time is over or it is resumed, whatever \
happens to its container. It holds over a restart, and may be said before fleet run begins.`,
    argument: { syntax: "<name>", key: "name", description: "an instance" },
    options: ["file", "fleet", "for", "reason", ...engine, "state", ...output],
    examples: [
      ["fleet suspend web --for 1h", "for an hour"],
      ['fleet suspend web --reason "looking at a leak"', "until fleet resume web"],
    ],
    load: async () => (await import("./commands/suspend.ts")).suspend,
  },
  {
    name: "resume",
    summary: "let fleet run mend what was suspended or is held",
    description: `Ends the suspension of one instance, or of all. With --confirm and no name it ends only what holds the \
whole fleet.`,
    argument: { syntax: "[name]", key: "name", description: "an instance; all when left out" },
    options: ["file", "fleet", "confirm", ...engine, "state", ...output],
    examples: [
      ["fleet resume web", "mend it again"],
      ["fleet resume --confirm", "go on although half of the fleet went missing at once"],
    ],
    load: async () => (await import("./commands/resume.ts")).resume,
  },
  {
    name: "systemd",
    summary: "print a systemd unit for fleet run",
    description: `Prints a unit that runs this command with this fleet file, restarts it when it fails or hangs, and \
reloads the file on \`systemctl reload\`. Its first lines say where to put it.`,
    options: ["file", "system", "user", ...engine, "state", "color"],
    examples: [
      ["fleet systemd --system -f /etc/fleet/web.yaml", "for the machine"],
      ["fleet systemd --user", "for this user alone"],
    ],
    load: async () => (await import("./commands/systemd.ts")).systemd,
  },
  {
    name: "destroy",
    summary: "remove the fleet's containers and networks; data stays",
    description: `Removes the containers that carry the fleet's labels, those that depend on others first, and then the \
networks that fleet made. Volumes and bind sources stay, save the volumes that --volume names. A container with work inside \
stays too, and what it depends on; the rest goes.`,
    options: ["file", "fleet", "target", "volume", "yes", "force", "timeout", ...engine, "state", ...output],
    examples: [
      ["fleet destroy", "show what goes and what stays, ask, remove"],
      ["fleet destroy --target web --yes", "only the container of one instance"],
      ["fleet destroy --volume demo-data", "and the volume demo-data with all that is in it"],
    ],
    load: async () => (await import("./commands/destroy.ts")).destroy,
  },
  {
    name: "schema",
    summary: "print the JSON Schema of fleet files",
    description: `Prints the JSON Schema of fleet files, for editors. A file names it in its first line:
# yaml-language-server: $schema=./fleet.schema.json`,
    options: [],
    examples: [["fleet schema > fleet.schema.json", "write it beside the fleet file"]],
    load: async () => (await import("./commands/schema.ts")).schema,
  },
];
