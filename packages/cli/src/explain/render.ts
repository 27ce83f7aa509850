import { describeAction, type Paint } from "@fleet/core";
import { describeLeases } from "@fleet/runner";
import { evidenceLines } from "../events/lines.ts";
import { suspensionText } from "../state/holds.ts";
import { renderTable } from "../terminal/table.ts";
import { age, clockTime, shortDuration } from "../terminal/time.ts";
import type { Explanation } from "./explanation.ts";

/** For people: what it should be and is, why, and what comes next. */
export function renderExplanation(explanation: Explanation, paint: Paint): string {
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ["should be", desiredLines(explanation)],
    ["is", presentLines(explanation)],
    ["conditions", conditionLines(explanation)],
    ["differs", differenceLines(explanation)],
    ["in its way", obstacleLines(explanation)],
    ["befell it", troubleLines(explanation)],
    ["was done", lastLines(explanation)],
    ["comes next", [nextLine(explanation)]],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.flatMap(([name, texts]) =>
    texts.map((text, index) => `${paint("dim", (index === 0 ? name : "").padEnd(width))}  ${text}\n`),
  );
  return `${headOf(explanation, paint)}\n${lines.join("")}`;
}

function headOf({ fleet, instance, source, engine }: Explanation, paint: Paint): string {
  const teller = source === "loop" ? "as fleet run sees it" : "by a look at the engine; no fleet run answers";
  return `${paint("bold", instance)} of fleet ${fleet} on ${engine.address}, ${teller}\n`;
}

function desiredLines({ desired }: Explanation): string[] {
  if (desired === undefined) return ["gone: it is not in the fleet file"];
  const { lifecycle, container, image, dependsOn } = desired;
  const after = dependsOn.length === 0 ? "" : `, after ${dependsOn.join(" and ")}`;
  return [`${lifecycle}, container ${container}, image ${image}${after}`];
}

function presentLines({ status, seen, engine, leases = [], at }: Explanation): string[] {
  if (!engine.reachable) return [`not known: ${engine.error ?? "the engine does not answer"}`];
  const { state = "missing", id, attempts = 0 } = { ...seen, ...status };
  const words = [
    state,
    ...(seen?.since === undefined ? [] : [`since ${age(at - seen.since)}`]),
    ...(id === undefined ? [] : [`container ${id.slice(0, 12)}`]),
    ...(status === undefined ? [] : [`phase ${status.phase}`]),
    ...(leases.length === 0 ? [] : [describeLeases(leases, at)]),
    ...(attempts > 0 ? [`${attempts} ${attempts === 1 ? "try" : "tries"} so far`] : []),
  ];
  return [words.join(", ")];
}

function conditionLines({ status, at }: Explanation): string[] {
  const rows = (status?.conditions ?? []).map(({ type, status: value, since, reason, message }) =>
    [type, value, age(at - since), reason, message].map((text) => ({ text })),
  );
  return rows.length === 0 ? [] : renderTable(rows).trimEnd().split("\n");
}

function differenceLines({ plan, status }: Explanation): string[] {
  const none = "none";
  return [
    ...(plan?.drifts ?? []).map(({ path, observed, desired }) => `${path}  ${observed ?? none} → ${desired ?? none}`),
    ...(plan?.actions ?? []).map((action) => `to do: ${describeAction(action)} (${action.reason})`),
    ...(status?.withheld ?? []).map((action) => `left to a person by the policy: ${describeAction(action)}`),
  ];
}

function obstacleLines({ plan, status, suspension, hold, specError, instance, at }: Explanation): string[] {
  const hinted = ({ message, hint }: { readonly message: string; readonly hint?: string }): string[] => [
    message,
    ...(hint === undefined ? [] : [`hint: ${hint}`]),
  ];
  const { error } = status ?? {};
  return [
    ...(suspension === undefined ? [] : [`${suspensionText(suspension, at)}; fleet resume ${instance} ends it`]),
    // A suspension that fleet run knows of too is told already.
    ...(hold === undefined || (hold.kind === "Suspended" && suspension !== undefined) ? [] : hinted(hold)),
    ...(plan?.blocks ?? []).flatMap(hinted),
    ...(error === undefined ? [] : hinted(error)),
    ...(specError === undefined ? [] : [`the last good fleet file is followed: ${specError}`]),
  ];
}

function troubleLines({ trouble, at }: Explanation): string[] {
  if (trouble === undefined) return [];
  const evidence = trouble.evidence === undefined ? [] : evidenceLines(trouble.evidence);
  return [`${clockTime(trouble.at, at)}  ${trouble.message}`, ...evidence.map((line) => `  ${line}`)];
}

function lastLines({ last, at }: Explanation): string[] {
  if (last === undefined) return [];
  const { description, duration, reason, causes, error } = last.action;
  const why = causes.length === 0 ? reason : `${reason}: ${causes.join(", ")}`;
  const took = duration === undefined ? "" : ` in ${shortDuration(duration)}`;
  const line = `${clockTime(last.at, at)}  ${description}${took} (${why})`;
  return error === undefined ? [line] : [line, `  failed: ${error.message}`];
}

function nextLine({ next, source, plan, at, instance, status, suspension, hold }: Explanation): string {
  if (next !== undefined) return `${next.what}, at ${clockTime(next.at, at)}`;
  if (suspension !== undefined || hold !== undefined) return "nothing, until it is let go";
  if (status?.phase === "stalled") return "nothing by itself: it needs a person or a changed fleet file";
  const [action] = plan?.actions ?? [];
  if (action === undefined) return "nothing, while it stays as it is";
  if (source === "loop") return describeAction(action);
  return `nothing by itself: fleet apply --target ${instance}, or fleet run`;
}
