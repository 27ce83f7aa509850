import { FleetError, parseDuration } from "@fleet/core";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { type CommandSpec, commands } from "./commands.ts";
import { exitMeanings } from "./exit.ts";
import { type OptionName, type OptionSpec, optionSpecs } from "./options.ts";

/** What was asked for: a command with its options read, or a text to show. */
export type Request =
  | { readonly kind: "run"; readonly command: CommandSpec; readonly options: never }
  | { readonly kind: "show"; readonly text: string; readonly asked: boolean };

export interface HelpStyle {
  /** Characters in a line. */
  readonly width: number;
  readonly color: boolean;
}

/** Reads the command line. Throws `Invalid` with a hint for one that cannot be read. */
export function readCommandLine(argv: readonly string[], version: string, style: HelpStyle): Request {
  let request: Request | undefined;
  let shown = "";
  const root = createRoot(argv, version, (command, options) => {
    request = { kind: "run", command, options: options as never };
  });
  for (const command of [root, ...root.commands]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => {
        shown += text;
      },
      writeErr: (text) => {
        shown += text;
      },
      outputError: () => undefined,
      getOutHelpWidth: () => style.width,
      getErrHelpWidth: () => style.width,
      getOutHasColors: () => style.color,
      getErrHasColors: () => style.color,
    });
  }
  try {
    root.parse([...argv], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (shown === "") throw usageError(error);
    return { kind: "show", text: shown, asked: error.exitCode === 0 };
  }
  if (request === undefined)
    throw new FleetError("Invalid", "no command was given", { hint: "fleet --help lists them" });
  return request;
}

function createRoot(
  argv: readonly string[],
  version: string,
  onCommand: (command: CommandSpec, options: unknown) => void,
): Command {
  const root = new Command("fleet")
    .description("Keeps a set of long-lived containers, and the directories they write to, as a file says.")
    .usage("COMMAND [options]")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "show help")
    .helpCommand("help [command]", "show help for a command")
    .enablePositionalOptions()
    .configureHelp({ styleTitle: (text) => text })
    .addHelpText("after", () => `\n${rootEpilogue()}`);
  for (const [name, spec] of Object.entries(optionSpecs)) {
    // Listed with the commands that take them.
    if ("shared" in spec) root.addOption(createOption(name as OptionName).hideHelp());
  }
  const named = commands.filter(({ name }) => argv.includes(name));
  for (const spec of commands) {
    const command = new Command(spec.name)
      .summary(spec.summary)
      .description(spec.description)
      .usage(spec.argument === undefined ? "[options]" : `[options] ${spec.argument.syntax}`)
      .helpOption("-h, --help", "show this help")
      .addHelpText("after", () => `\n${examplesText(spec)}`)
      .action((...given: unknown[]) => {
        const options = { ...withShared(command, root), ...argumentIn(spec, given) };
        checkTogether(spec, command, root);
        onCommand(spec, options);
      });
    root.addCommand(command);
    // The options are many, and those of the others are neither read nor shown.
    if (named.length > 0 && !named.includes(spec)) continue;
    if (spec.argument !== undefined) command.argument(spec.argument.syntax, spec.argument.description);
    for (const name of spec.options) command.addOption(createOption(name));
  }
  return root;
}

const emptyLists = Object.fromEntries(
  Object.entries<OptionSpec>(optionSpecs).flatMap(([name, { value }]) => (value?.kind === "list" ? [[name, []]] : [])),
);

function createOption(name: OptionName): Option {
  const { flags, description, value }: OptionSpec = optionSpecs[name];
  const option = new Option(flags, description);
  switch (value?.kind) {
    case "text":
      option.argParser(readText);
      return value.default === undefined ? option : option.default(value.default);
    case "list":
      return option.argParser((text: string, list: readonly string[] = []) => [...list, text]);
    case "choice":
      return option.choices(value.choices).default(value.default);
    case "duration":
      option.argParser(readDuration);
      return value.default === undefined ? option : option.default(readDuration(value.default), value.default);
    default:
      return option;
  }
}

function readText(text: string): string {
  if (text === "") throw new InvalidArgumentError("It is empty.");
  return text;
}

function readDuration(text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds === undefined || milliseconds === 0) {
    throw new InvalidArgumentError("Expected a time such as 90s, 5m or 1m30s.");
  }
  return milliseconds;
}

/** `fleet -f FILE plan` means what `fleet plan -f FILE` does; what stands nearer wins. */
function withShared(command: Command, root: Command): Record<string, unknown> {
  // An empty list is no default: help would show it.
  const merged: Record<string, unknown> = { ...emptyLists, ...command.opts() };
  for (const option of root.options) {
    const name = option.attributeName();
    if (root.getOptionValueSource(name) !== "cli") continue;
    if (!command.options.some((own) => own.attributeName() === name)) {
      throw new FleetError("Invalid", `fleet ${command.name()} takes no ${option.long}`, {
        hint: `fleet ${command.name()} --help lists its options`,
      });
    }
    if (command.getOptionValueSource(name) !== "cli") merged[name] = root.getOptionValue(name);
  }
  return merged;
}

/** What makes no sense beside, or without, another one is said and not passed over. */
function checkTogether({ name, needs = {} }: CommandSpec, command: Command, root: Command): void {
  const given = (option: OptionName): boolean =>
    [command, root].some((level) => level.getOptionValueSource(option) === "cli");
  if (given("fleet") && given("file")) {
    throw new FleetError("Invalid", "--fleet and --file exclude each other", {
      hint: "--fleet names a fleet whose file is not to be read",
    });
  }
  for (const [option, other] of Object.entries(needs) as [OptionName, OptionName][]) {
    if (!given(option) || given(other)) continue;
    const [long, needed] = [option, other].map((one) => createOption(one).long);
    throw new FleetError("Invalid", `fleet ${name} takes ${long} only with ${needed}`, {
      hint: `add ${needed}, or leave ${long} out`,
    });
  }
}

/** What stands beside the options, under its name among them. */
function argumentIn({ argument }: CommandSpec, [value]: readonly unknown[]): Record<string, unknown> {
  return argument === undefined || value === undefined ? {} : { [argument.key]: value };
}

/** Commander's message in our form: one sentence, and what to do as a hint. */
function usageError({ message, code }: CommanderError): FleetError {
  const [sentence = message, suggestion] = message.replace(/^error: /, "").split("\n");
  const meant = /Did you mean (?:one of )?(.*)\?/.exec(suggestion ?? "")?.[1];
  const hint =
    meant === undefined
      ? (hints[code] ?? "fleet --help lists commands, fleet COMMAND --help their options")
      : `did you mean ${meant}?`;
  return new FleetError("Invalid", sentence, { hint });
}

const hints: Readonly<Record<string, string>> = {
  "commander.excessArguments": "name instances with --target NAME",
  "commander.missingArgument": "name an instance: fleet status lists them",
};

function examplesText({ examples }: CommandSpec): string {
  const width = Math.max(...examples.map(([command]) => command.length));
  return ["Examples:", ...examples.map(([command, meaning]) => `  ${command.padEnd(width)}  ${meaning}`), ""].join(
    "\n",
  );
}

function rootEpilogue(): string {
  return [
    "Examples:",
    "  fleet plan                      what differs between fleet.yaml and the engine",
    "  fleet apply                     mend it, after a question",
    "  fleet -f demo.yaml apply --yes  another file, without the question",
    "  fleet run                       keep it so, until it is stopped",
    "  fleet explain web               why an instance is as it is",
    "  fleet --host memory: plan       a try without Docker",
    "",
    "Exit codes:",
    ...exitMeanings.map(([code, meaning]) => `  ${String(code).padStart(3)}  ${meaning}`),
    "",
    "The engine is found as docker finds it: --host, --context, DOCKER_HOST,",
    "DOCKER_CONTEXT, the current docker context, or the usual sockets.",
    "",
  ].join("\n");
}
