import type * as z from "zod/mini";
import type { Diagnostics } from "../diagnostic.ts";
import type { FleetSpec } from "../fleet-spec.ts";
import { type Path, valueAt } from "../path.ts";
import { cannotBe, show } from "../show.ts";
import { didYouMean } from "../suggest.ts";
import { elsewhere } from "./elsewhere.ts";
import { asWritten, fleetSchema } from "./fleet.ts";
import type { IssueParams } from "./scalar.ts";

type Issue = z.core.$ZodIssue;

export type Shape =
  | { readonly ok: true; readonly spec: FleetSpec }
  /** Where it is not as it should be. */
  | { readonly ok: false; readonly wrong: readonly Path[] };

/** Whether a value has the shape of a fleet; what is wrong goes to `diagnostics`. */
export function checkShape(value: unknown, diagnostics: Diagnostics): Shape {
  const result = fleetSchema().safeParse(value, { jitless: true });
  if (result.success) return { ok: true, spec: asWritten(result.data) };
  const wrong: Path[] = [];
  for (const issue of result.error.issues) report(issue, [], value, diagnostics, wrong);
  return { ok: false, wrong };
}

function report(issue: Issue, base: Path, root: unknown, diagnostics: Diagnostics, wrong: Path[]): void {
  const path: Path = [...base, ...issue.path.filter((step) => typeof step !== "symbol")];
  const value = valueAt(root, path);
  const [expected = "", hint] = issue.message.split("\n");
  if (issue.code === "unrecognized_keys") wrong.push(...issue.keys.map((key) => [...path, key]));
  else if (issue.code !== "invalid_union" || bestOption(issue.errors) === undefined) wrong.push(path);
  switch (issue.code) {
    case "unrecognized_keys":
      for (const key of issue.keys) reportKey(key, path, issue.message.split("\n"), diagnostics);
      return;
    case "invalid_key":
      diagnostics.error("InvalidValue", path, `\`${String(path.at(-1))}\` cannot be a key here`, {
        part: "key",
        expected: issue.issues[0]?.message,
        hint: hintOf(issue.issues[0]),
      });
      return;
    case "custom": {
      const { malformed, hint: advice } = (issue.params ?? {}) as IssueParams;
      if (malformed !== undefined) diagnostics.error("Malformed", path, malformed, { hint: advice });
      else
        diagnostics.error("InvalidValue", path, cannotBe(path, show(value)), {
          found: show(value),
          expected,
          hint: advice,
        });
      return;
    }
    case "invalid_union": {
      const best = bestOption(issue.errors);
      if (best !== undefined) {
        for (const inner of best) report(inner, path, root, diagnostics, wrong);
        return;
      }
      break;
    }
    default:
  }
  if (value === undefined) {
    diagnostics.error("Missing", path, `\`${String(path.at(-1))}\` is missing`, { expected });
  } else {
    const code = isScalar(value) && !wantsMore(issue) ? "InvalidValue" : "WrongType";
    diagnostics.error(code, path, cannotBe(path, show(value)), {
      found: show(value),
      expected,
      hint: hint ?? (value === null ? nullHint : undefined),
    });
  }
}

const nullHint = "an empty value is null, and so is a bare `~`: quote it if that is what is meant";

function reportKey(key: string, path: Path, known: readonly string[], diagnostics: Diagnostics): void {
  const where = [...path, key];
  const hint = elsewhere(key, path) ?? didYouMean(key, known);
  diagnostics.error("UnknownKey", where, `nothing is called \`${key}\` here`, {
    part: "key",
    hint,
    expected: hint === undefined ? known.map((name) => `\`${name}\``).join(", ") : undefined,
  });
}

/** The option whose type fits and that has least against the value; undefined when none fits or several fit alike. */
function bestOption(options: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const fitting = options.filter((issues) => !issues.some((issue) => issue.path.length === 0 && isTypeIssue(issue)));
  const [best, next] = fitting.toSorted((a, b) => weight(a) - weight(b));
  return best !== undefined && next !== undefined && weight(best) === weight(next) ? undefined : best;
}

function isTypeIssue(issue: Issue): boolean {
  if (issue.code === "invalid_type" || issue.code === "invalid_value") return true;
  return issue.code === "invalid_union" && bestOption(issue.errors) === undefined;
}

/** A missing or unknown key says more against an option than a wrong value does. */
function weight(issues: readonly Issue[]): number {
  return issues.reduce((sum, issue) => {
    if (issue.code === "unrecognized_keys") return sum + 2 * issue.keys.length;
    return sum + (isTypeIssue(issue) && issue.path.length === 1 ? 3 : 1);
  }, 0);
}

function hintOf(issue: Issue | undefined): string | undefined {
  return issue?.code === "custom" ? (issue.params as IssueParams | undefined)?.hint : undefined;
}

/** Whether a map or a list was expected. */
function wantsMore(issue: Issue): boolean {
  return issue.code === "invalid_type" && ["object", "record", "array"].includes(issue.expected);
}

function isScalar(value: unknown): boolean {
  return value === null || typeof value !== "object";
}
