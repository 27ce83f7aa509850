import { formatPath, type Path } from "./path.ts";

/** A value as found in a spec, in YAML's words and in at most sixty characters. */
export function show(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

/** ``\`concurrency\` cannot be 100``; an item of a list is named with its index. */
export function cannotBe(path: Path, shown: string): string {
  const from = path.findLastIndex((step) => typeof step === "string");
  return from === -1 ? `a fleet cannot be ${shown}` : `\`${formatPath(path.slice(from))}\` cannot be ${shown}`;
}
