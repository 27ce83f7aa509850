import { type Diagnostic, type DiagnosticCode, Diagnostics } from "./diagnostic.ts";
import { readDocument } from "./document.ts";
import type { FleetSpec } from "./fleet-spec.ts";
import type { ResolveInputs } from "./inputs.ts";
import type { ParseOptions } from "./parse.ts";
import type { Path } from "./path.ts";
import { type ResolveResult, resolveInto } from "./resolve.ts";
import { checkShape } from "./schema/issues.ts";
import { noSource } from "./source.ts";

/**
 * From a fleet file's text to a resolved fleet in one step. Unlike {@link parseFleet} and {@link resolveFleet} one after
 * the other, it goes on past a wrong shape, so that a person sees all there is to mend at once.
 */
export function compileFleet(text: string, inputs: ResolveInputs & ParseOptions): ResolveResult {
  const { value, source, diagnostics } = readDocument(text, inputs.file);
  if (diagnostics.failed) return { ok: false, diagnostics: diagnostics.sorted() };
  const shape = checkShape(value, diagnostics);
  if (shape.ok) return resolveInto(shape.spec, inputs, diagnostics);
  const rest = withoutWrong(value, shape.wrong);
  if (rest === undefined) return { ok: false, diagnostics: diagnostics.sorted() };
  const resolved = resolveInto(rest, inputs, new Diagnostics(source));
  for (const diagnostic of resolved.diagnostics) if (!followsFrom(diagnostic, shape.wrong)) diagnostics.add(diagnostic);
  const name = resolved.ok ? resolved.fleet.name : resolved.name;
  return { ok: false, diagnostics: diagnostics.sorted(), ...(name !== undefined && { name }) };
}

/** The value without what is wrong in it; undefined when too little is left. Lists are dropped as a whole. */
function withoutWrong(value: unknown, wrong: readonly Path[]): FleetSpec | undefined {
  let rest = value;
  for (const path of wrong) {
    const last = path.findLastIndex((step) => typeof step === "string");
    const list = path.findIndex((step, index) => typeof step === "number" && path[index - 1] !== "instances");
    rest = without(rest, path.slice(0, list === -1 ? last + 1 : Math.min(list, last + 1)));
  }
  const shape = checkShape(rest, new Diagnostics(noSource));
  return shape.ok ? shape.spec : undefined;
}

function without(value: unknown, path: Path): unknown {
  const [step, ...below] = path;
  if (step === undefined || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item, index) => (index === step ? without(item, below) : item));
  const entries = Object.entries(value);
  if (below.length === 0) return Object.fromEntries(entries.filter(([key]) => key !== step));
  return Object.fromEntries(entries.map(([key, item]) => [key, key === step ? without(item, below) : item]));
}

/** Said about what is not there, or about how two things go together. */
const relative: ReadonlySet<DiagnosticCode> = new Set(["Missing", "Unused", "Conflict"]);

/** Whether a diagnostic may only be there because something wrong was left out. */
function followsFrom({ code }: Diagnostic, wrong: readonly Path[]): boolean {
  if (relative.has(code)) return true;
  if (code === "UnknownTemplate") return wrong.some((path) => path[1] === "templates" && path.length <= 3);
  return code === "UnknownPlaceholder" && wrong.some((path) => path.includes("vars"));
}
