import type { Paint, Plan, Remedy } from "@fleet/core";
import { type ApplyResult, type InstanceOutcome, type InstanceResult, isGood } from "@fleet/runner";
import { type ExitCode, exit } from "../exit.ts";
import { shortDuration } from "../terminal/time.ts";

/** 0 when all is well, 1 when nothing is, 4 in between. */
export function outcomeCode({ outcomes }: ApplyResult): ExitCode {
  const fine = outcomes.filter(isGood).length;
  if (fine === outcomes.length) return exit.done;
  return fine === 0 ? exit.error : exit.partial;
}

/** What came of it: each instance that is not as it should be, and one line with the counts and the time taken. */
export function renderResult(verb: string, result: ApplyResult, plan: Plan, paint: Paint): string {
  const bad = result.outcomes.filter((outcome) => !isGood(outcome));
  const width = Math.max(0, ...bad.map((outcome) => outcome.instance.length));
  const failures = bad.map((outcome) => renderFailure(outcome, width, paint)).join("");
  const counts = countWords(result.outcomes, plan).join(", ");
  const line = `${paint("bold", `${verb}:`)} ${counts} in ${shortDuration(result.duration)}.\n`;
  return `${failures === "" ? "" : `${failures}\n`}${line}`;
}

const words: Readonly<Record<InstanceResult, string>> = {
  unchanged: "unchanged",
  changed: "changed",
  removed: "removed",
  notReady: "not ready",
  blocked: "blocked",
  failed: "failed",
  unfinished: "unfinished",
};

const longest = Math.max(...Object.values(words).map((word) => word.length));

function renderFailure({ instance, result, message, hint }: InstanceOutcome, width: number, paint: Paint): string {
  const head = `  ${paint("error", "✗")} ${paint("bold", instance.padEnd(width))}  `;
  const line = `${head}${paint("error", words[result].padEnd(longest))}  ${message ?? ""}\n`;
  return hint === undefined ? line : `${line}${" ".repeat(width + longest + 8)}${paint("dim", "hint:")} ${hint}\n`;
}

/** What became of an instance that changed, by what its plan was. */
const changes: Readonly<Record<Remedy, string>> = {
  none: "changed",
  host: "repaired",
  update: "updated",
  restart: "started",
  replace: "replaced",
  create: "created",
  remove: "removed",
};

const order = ["created", "replaced", "started", "updated", "repaired", "changed", "removed", "unchanged"];

function countWords(outcomes: readonly InstanceOutcome[], plan: Plan): string[] {
  const remedies = new Map(plan.instances.map((instance) => [instance.instance, instance.remedy]));
  const counts = new Map<string, number>([...order, ...Object.values(words)].map((word) => [word, 0]));
  for (const { instance, result } of outcomes) {
    const word = result === "changed" ? changes[remedies.get(instance) ?? "none"] : words[result];
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const told = [...counts].filter(([, count]) => count > 0).map(([word, count]) => `${count} ${word}`);
  return told.length === 0 ? ["nothing to do"] : told;
}
