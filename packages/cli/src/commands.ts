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
  readonly options: readonly OptionName[];
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
    options: ["file", "target", ...engine, "detailedExitcode", ...output],
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
fails holds up no other. Ctrl-C finishes what is under way; a second one stops at once.`,
    options: ["file", "target", "basis", "yes", "timeout", ...engine, ...output],
    examples: [
      ["fleet apply", "show the plan, ask, apply"],
      ["fleet apply --yes --timeout 2m", "without a question, as in a deployment"],
      ["fleet apply --basis 7f3c19aa04d1 --yes", "only what was reviewed, or exit code 6"],
    ],
    load: async () => (await import("./commands/apply.ts")).apply,
  },
  {
    name: "status",
    summary: "show how each instance is",
    description: `One look at the engine: whether each instance runs, is ready, and is as the fleet file says.`,
    options: ["file", "target", ...engine, "detailedExitcode", ...output],
    examples: [
      ["fleet status", "a line for each instance"],
      ["fleet status -o json", "for a script"],
    ],
    load: async () => (await import("./commands/status.ts")).status,
  },
  {
    name: "destroy",
    summary: "remove the fleet's containers and networks; data stays",
    description: `Removes the containers that carry the fleet's labels, those that depend on others first, and then the \
networks that fleet made. Volumes and bind sources stay, save the volumes that --volume names.`,
    options: ["file", "target", "volume", "yes", "timeout", ...engine, ...output],
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
