/** One option as it is written on the command line. */
export interface OptionSpec {
  readonly flags: string;
  readonly description: string;
  readonly value?:
    | { readonly kind: "text"; readonly default?: string }
    | { readonly kind: "list" }
    | { readonly kind: "choice"; readonly choices: readonly string[]; readonly default: string }
    /** Given as `90s`, read to milliseconds. */
    | { readonly kind: "duration"; readonly default: string };
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
  timeout: {
    flags: "--timeout <duration>",
    description: "how long to wait until every instance is as it should be",
    value: { kind: "duration", default: "5m" },
  },
  detailedExitcode: {
    flags: "--detailed-exitcode",
    description: "exit with 2 when changes are pending, 3 when something is blocked",
  },
  output: {
    flags: "-o, --output <format>",
    description: "json is one document on stdout, and everything else goes to stderr",
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

export interface EngineOptions {
  readonly host?: string;
  readonly context?: string;
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
  /** Milliseconds. */
  readonly timeout: number;
}
