import { type Diagnostic, Diagnostics } from "./diagnostic.ts";
import { readDocument } from "./document.ts";
import type { FleetSpec } from "./fleet-spec.ts";
import { checkShape } from "./schema/issues.ts";
import { noSource, type SpecSource } from "./source.ts";

/** A fleet as written, or what is wrong with it: all of it. */
export type ParseResult =
  | {
      readonly ok: true;
      readonly spec: FleetSpec;
      readonly source: SpecSource;
      /** Warnings. */
      readonly diagnostics: readonly Diagnostic[];
    }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** Where the text is from. */
export interface ParseOptions {
  /** Name of the file, for diagnostics. */
  readonly file?: string;
}

/** Reads a fleet file. Never throws, whatever the text. */
export function parseFleet(text: string, options: ParseOptions = {}): ParseResult {
  const { value, source, diagnostics } = readDocument(text, options.file);
  return diagnostics.failed ? { ok: false, diagnostics: diagnostics.sorted() } : check(value, source, diagnostics);
}

/** Takes a fleet that is already a value, such as an embedder's own; its diagnostics have paths and no lines. */
export function fleetFromObject(value: unknown): ParseResult {
  return check(value, noSource, new Diagnostics(noSource));
}

function check(value: unknown, source: SpecSource, diagnostics: Diagnostics): ParseResult {
  const shape = checkShape(value, diagnostics);
  const sorted = diagnostics.sorted();
  return shape.ok ? { ok: true, spec: shape.spec, source, diagnostics: sorted } : { ok: false, diagnostics: sorted };
}
