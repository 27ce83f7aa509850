/** One option as it is written on the command line. */
export interface OptionSpec {
  readonly flags: string;
  readonly description: string;
  readonly value?:
    | { readonly kind: "text"; readonly default?: string }
    | { readonly kind: "list" }
    | { readonly kind: "choice"; readonly choices: readonly string[]; readonly default: string }
    /** Given as `90s`, read to milliseconds. */
    | { readonly kind: "duration"; readonly default?: string };
  /** May also stand before the command. */
  readonly shared?: true;
}

/** Every option of every command, in the order in which help lists them. */
export const optionSpecs = {
  file: {
    flags: "-f, --file <file>",
    description: "the fleet file; - reads stdin",
    value: { kind: "text", default: "fleet.yaml" },
    shared: true,
  },
  fleet: {
    flags: "--fleet <name>",
    description: "this fleet, without its file: by what runs, what is written down, and what fleet run says",
    value: { kind: "text" },
    shared: true,
  },
  host: {
    flags: "--host <url>",
    description:
      "the engine: unix:///path, tcp://host:port or ssh://user@host; memory: or memory:FILE for a try without Docker",
    value: { kind: "text" },
    shared: true,
  },
  context: {
    flags: "--context <name>",
    description: "the engine of this docker context",
    value: { kind: "text" },
    shared: true,
  },
  target: {
    flags: "--target <name>",
    description: "only this instance (repeatable)",
    value: { kind: "list" },
  },
  basis: {
    flags: "--basis <id>",
    description: "apply only if the plan is still the one with this basis",
    value: { kind: "text" },
  },
  volume: {
    flags: "--volume <name>",
    description: "remove this volume too, with all that is in it (repeatable)",
    value: { kind: "list" },
  },
  yes: { flags: "-y, --yes", description: "do not ask" },
  force: {
    flags: "--force",
    description: "cut work inside: tasks that hold a lease, and what runs through docker exec",
  },
  timeout: {
    flags: "--timeout <duration>",
    description: "how long to wait until every instance is as it should be",
    value: { kind: "duration", default: "5m" },
  },
  detailedExitcode: {
    flags: "--detailed-exitcode",
    description: "exit with 2 when changes are pending, 3 when something is blocked",
  },
  once: { flags: "--once", description: "bring the fleet to what its file says, and end" },
  listen: {
    flags: "--listen <address>",
    description: "answer HTTP requests on this address too, as in 127.0.0.1:8080",
    value: { kind: "text" },
  },
  listenRemote: {
    flags: "--listen-remote",
    description: "allow --listen an address that other machines can reach",
  },
  listenName: {
    flags: "--listen-name <name>",
    description: "a name that clients may ask by, beside this host's name and addresses (repeatable)",
    value: { kind: "list" },
  },
  notify: {
    flags: "--notify <url>",
    description: "post lasting problems there as JSON; FLEET_NOTIFY_URL says it too, and stays out of process lists",
    value: { kind: "text" },
  },
  logLevel: {
    flags: "--log-level <level>",
    description: "what is worth a line on stderr",
    value: { kind: "choice", choices: ["debug", "info", "warn", "error"], default: "info" },
  },
  since: {
    flags: "--since <duration>",
    description: "only what happened within this time; else the last 50",
    value: { kind: "duration" },
  },
  follow: { flags: "--follow", description: "go on with what happens, until Ctrl-C" },
  for: {
    flags: "--for <duration>",
    description: "for how long; else until it is resumed",
    value: { kind: "duration" },
  },
  reason: {
    flags: "--reason <text>",
    description: "why, for whoever asks later",
    value: { kind: "text" },
  },
  confirm: {
    flags: "--confirm",
    description: "end what holds the whole fleet: too much went missing at once, or another engine answers",
  },
  system: { flags: "--system", description: "a unit for the machine (the default for root)" },
  user: { flags: "--user", description: "a unit for this user alone (the default for others)" },
  state: {
    flags: "--state <dir>",
    description: "where state is kept, below the fleet's name (default: STATE_DIRECTORY, XDG_STATE_HOME/fleet, …)",
    value: { kind: "text" },
    shared: true,
  },
  output: {
    flags: "-o, --output <format>",
    description: "json is one document on stdout (one a line for run and events); all else goes to stderr",
    value: { kind: "choice", choices: ["human", "json"], default: "human" },
    shared: true,
  },
  color: {
    flags: "--no-color",
    description: "no colours; NO_COLOR and FORCE_COLOR are respected too",
    shared: true,
  },
} as const satisfies Readonly<Record<string, OptionSpec>>;

export type OptionName = keyof typeof optionSpecs;

/** What the groups of options become once read. */
export interface OutputOptions {
  readonly output: "human" | "json";
  /** False after `--no-color`. */
  readonly color: boolean;
}

export interface FileOptions {
  /** As given; `-` is stdin. */
  readonly file: string;
}

/** Of a command that needs no more of the fleet file than whose it is and who is in it. */
export interface FleetOptions extends FileOptions {
  /** Its name, instead of the file. */
  readonly fleet?: string;
}

export interface EngineOptions {
  readonly host?: string;
  readonly context?: string;
}

export interface StateOptions {
  /** A directory, as given. */
  readonly state?: string;
}

export interface TargetOptions {
  /** Instance names; empty is all. */
  readonly target: readonly string[];
}

export interface DetailOptions {
  readonly detailedExitcode?: true;
}

export interface ConsentOptions {
  readonly yes?: true;
  /** Whether work inside is cut. */
  readonly force?: true;
  /** Milliseconds. */
  readonly timeout: number;
}
