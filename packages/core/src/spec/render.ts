import { type Paint, painter } from "../paint.ts";
import type { Diagnostic } from "./diagnostic.ts";

/** How diagnostics are shown. */
export interface RenderOptions {
  /** ANSI colours. Default false. */
  readonly color?: boolean;
}

/** For people: each diagnostic with its place, the line it is about, what was found and expected, and what to do. */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], options: RenderOptions = {}): string {
  const paint = painter(options.color === true);
  const blocks = diagnostics.map((diagnostic) => renderOne(diagnostic, paint));
  return diagnostics.length === 0 ? "" : `${[...blocks, summary(diagnostics)].join("\n\n")}\n`;
}

function renderOne(diagnostic: Diagnostic, paint: Paint): string {
  const { severity, code, line, column, excerpt, length = 1 } = diagnostic;
  const lines = [`${paint(severity, `${severity}[${code}]`)}${paint("bold", `: ${diagnostic.message}`)}`];
  const gutter = " ".repeat(String(line ?? "").length + 1);
  if (line !== undefined && column !== undefined && excerpt !== undefined) {
    const { text, pointer } = clip(excerpt, column, length);
    lines.push(
      `${gutter}${paint("dim", "--> ")}${diagnostic.file ?? "line"}:${line}:${column}`,
      `${gutter}${paint("dim", "|")}`,
      `${line} ${paint("dim", "|")} ${text}`,
      `${gutter}${paint("dim", "|")} ${" ".repeat(pointer)}${paint(severity, "^".repeat(Math.max(1, Math.min(length, text.length - pointer))))}`,
    );
  } else if (diagnostic.file !== undefined) {
    lines.push(`${gutter}${paint("dim", "--> ")}${diagnostic.file}`);
  }
  const notes = [
    ["at", diagnostic.path === "" ? undefined : diagnostic.path],
    ["found", diagnostic.message.includes(diagnostic.found ?? "") ? undefined : diagnostic.found],
    ["expected", diagnostic.expected],
    ["hint", diagnostic.hint],
  ] as const;
  for (const [name, note] of notes) {
    if (note !== undefined) lines.push(`${gutter}${paint("dim", "=")} ${paint("bold", `${name}:`)} ${note}`);
  }
  return lines.join("\n");
}

const widest = 160;

/** The line with tabs and control characters as one blank each, cut on the left when what is meant lies far to the right. */
function clip(excerpt: string, column: number, length: number): { text: string; pointer: number } {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal must not act on what a file holds
  const shown = excerpt.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, " ");
  const start = Math.max(0, column - 1 + Math.min(length, widest / 2) - widest);
  const text = shown.slice(start, start + widest);
  return {
    text: `${start > 0 ? "…" : ""}${text}${start + widest < shown.length ? "…" : ""}`,
    pointer: column - 1 - start + (start > 0 ? 1 : 0),
  };
}

function summary(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  return [count(errors, "error"), count(diagnostics.length - errors, "warning")].filter(Boolean).join(", ");
}

function count(number: number, noun: string): string {
  return number === 0 ? "" : `${number} ${noun}${number === 1 ? "" : "s"}`;
}
