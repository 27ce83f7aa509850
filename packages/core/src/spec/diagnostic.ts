import { formatPath, type Path } from "./path.ts";
import type { Span, SpecSource } from "./source.ts";

/** What is wrong with a spec, as a closed set. The last three are only ever warnings. */
export type DiagnosticCode =
  /** It is not YAML, or YAML that a fleet file may not use. */
  | "Syntax"
  /** There is nothing in it. */
  | "Empty"
  /** Aliases or nesting go beyond bounds. */
  | "TooLarge"
  /** A key is there twice. */
  | "DuplicateKey"
  /** A key that nothing knows. */
  | "UnknownKey"
  /** A key that must be there, and is not. */
  | "Missing"
  /** A value of the wrong kind, such as a list for a map. */
  | "WrongType"
  /** A value that its key cannot have. */
  | "InvalidValue"
  /** A broken `${…}`. */
  | "Malformed"
  /** A variable that is not set and has no default. */
  | "VariableUnset"
  /** A secret that nothing holds, or that is empty. */
  | "SecretMissing"
  /** A file that the spec refers to, and that cannot be read. */
  | "FileUnreadable"
  /** A `{placeholder}` that nothing fills in. */
  | "UnknownPlaceholder"
  /** A template that there is not. */
  | "UnknownTemplate"
  /** An instance that there is not. */
  | "UnknownInstance"
  /** Two things that must differ. */
  | "Duplicate"
  /** Two fields that exclude each other. */
  | "Conflict"
  /** Instances that depend on each other. */
  | "Cycle"
  /** A bind that needs `allow: true`. */
  | "Denied"
  /** A template that no instance uses. */
  | "Unused"
  /** A bind of a file that programs replace, or of what looks like a file and does not say `type: file`. */
  | "FileBind"
  /** A user by name beside a declared owner, which is a number. */
  | "UserByName";

/** One thing to know about a spec. Holds no value of the environment and no secret. */
export interface Diagnostic {
  readonly severity: "error" | "warning";
  readonly code: DiagnosticCode;
  /** Absent, like the position, for a spec that was not read from a file. */
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
  /** From 1, in UTF-16 units. */
  readonly column?: number;
  /** How much of the line it is about, from `column`. */
  readonly length?: number;
  /** The line as written. */
  readonly excerpt?: string;
  /** `spec.templates.worker.mounts[1].target`; empty for the document as a whole. */
  readonly path: string;
  /** One sentence. */
  readonly message: string;
  readonly found?: string;
  readonly expected?: string;
  /** What to do. */
  readonly hint?: string;
}

/** The parts of a {@link Diagnostic} that only some have. */
export interface DiagnosticDetail {
  readonly found?: string | undefined;
  readonly expected?: string | undefined;
  readonly hint?: string | undefined;
  /** What to point at: the value (default) or its key. */
  readonly part?: "key" | "value";
  /** Instead of the place of the path. */
  readonly span?: Span;
}

/** Collects diagnostics while a spec is read; one that is found again for another instance is kept once. */
export class Diagnostics {
  readonly #source: SpecSource;
  readonly #found = new Map<string, Diagnostic>();

  constructor(source: SpecSource) {
    this.#source = source;
  }

  error(code: DiagnosticCode, path: Path, message: string, detail: DiagnosticDetail = {}): void {
    this.#place("error", code, path, message, detail);
  }

  warn(code: DiagnosticCode, path: Path, message: string, detail: DiagnosticDetail = {}): void {
    this.#place("warning", code, path, message, detail);
  }

  /** One that another collection of the same source holds. */
  add(diagnostic: Diagnostic): void {
    const { severity, code, path, message, found } = diagnostic;
    this.#found.set(JSON.stringify([severity, code, path, message, found]), diagnostic);
  }

  get failed(): boolean {
    return [...this.#found.values()].some((diagnostic) => diagnostic.severity === "error");
  }

  /** By position, then by path and message. */
  sorted(): readonly Diagnostic[] {
    return [...this.#found.values()].sort(
      (a, b) =>
        (a.line ?? 0) - (b.line ?? 0) ||
        (a.column ?? 0) - (b.column ?? 0) ||
        compareText(a.path, b.path) ||
        compareText(a.message, b.message),
    );
  }

  #place(
    severity: Diagnostic["severity"],
    code: DiagnosticCode,
    path: Path,
    message: string,
    detail: DiagnosticDetail,
  ): void {
    const { found, expected, hint, part = "value" } = detail;
    const span = detail.span ?? this.#source.span(path, part);
    const diagnostic: Diagnostic = {
      severity,
      code,
      ...(this.#source.file !== undefined && { file: this.#source.file }),
      ...(span !== undefined && { ...span, excerpt: this.#source.line(span.line) }),
      path: formatPath(path),
      message,
      ...(found !== undefined && { found }),
      ...(expected !== undefined && { expected }),
      ...(hint !== undefined && { hint }),
    };
    this.add(diagnostic);
  }
}

/** By code unit: the same everywhere, whatever the locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
