import { describeAction, type Paint } from "@fleet/core";
import { describeLeases, type LockHolder } from "@fleet/runner";
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
  if (desired === null) return ["not known: the fleet file was not read"];
  if (desired === undefined) return ["gone: it is not in the fleet file"];
  const { lifecycle, container, image, dependsOn } = desired;
  const after = dependsOn.length === 0 ? "" : `, after ${dependsOn.join(" and ")}`;
  return [`${lifecycle}, container ${container}, image ${image === "" ? "not known" : image}${after}`];
}

function presentLines({ status, seen, engine, hold, leases = [], at }: Explanation): string[] {
  // What has another engine is told as what is in its way.
  if (hold?.kind === "EngineChanged") return ["not known: another engine answers"];
  if (!engine.reachable) return [`not known: ${engine.error ?? "the engine does not answer"}`];
  const { state = "missing", id, attempts = 0 } = { ...seen, ...status };
  const { restarts = 0 } = seen ?? {};
  const words = [
    state,
    ...(seen?.since === undefined ? [] : [`since ${age(at - seen.since)}`]),
    ...(restarts === 0 ? [] : [`restarted ${restarts === 1 ? "once" : `${restarts} times`} by the engine`]),
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

function differenceLines({ plan, status, untold }: Explanation): string[] {
  const none = "none";
  return [
    ...(untold === undefined ? [] : [`cannot be told: ${untold}`]),
    ...(plan?.drifts ?? []).map(({ path, observed, desired }) => `${path}  ${observed ?? none} → ${desired ?? none}`),
    ...(plan?.actions ?? []).map((action) => `to do: ${describeAction(action)} (${action.reason})`),
    ...(status?.withheld ?? []).map((action) => `left to a person by the policy: ${describeAction(action)}`),
  ];
}

function obstacleLines({
  plan,
  status,
  engine,
  suspension,
  hold,
  holder,
  specError,
  instance,
  at,
}: Explanation): string[] {
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
    // Of an engine that does not answer, or is another one, that is told already.
    ...(error === undefined || !engine.reachable || error.message === hold?.message ? [] : hinted(error)),
    ...(holder === undefined ? [] : [`${holderText(holder)} holds the fleet, and answers nobody here`]),
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

function holderText({ what, pid, host }: LockHolder): string {
  return `${what} (pid ${pid} on ${host})`;
}

function nextLine(explanation: Explanation): string {
  const { next, source, engine, plan, at, instance, desired, status, suspension, hold, holder, untold } = explanation;
  if (next !== undefined) return `${next.what}, at ${clockTime(next.at, at)}`;
  if (suspension !== undefined || hold !== undefined) return "nothing, until it is let go";
  if (!engine.reachable) return "it is looked at again once the engine answers";
  if (status?.phase === "stalled") return "nothing by itself: it needs a person or a changed fleet file";
  if (holder !== undefined) return `what ${holderText(holder)} does; fleet apply is refused meanwhile`;
  if (plan?.verdict === "reported") {
    return `nothing by itself: \`policy.orphans: remove\` has it removed, and so does docker rm --force ${plan.container}`;
  }
  if (untold !== undefined) return "not known";
  const [action] = plan?.actions ?? [];
  if (action === undefined) return "nothing, while it stays as it is";
  if (source === "loop") return describeAction(action);
  // What is not in the fleet file can be no target.
  const apply = desired === undefined ? "fleet apply" : `fleet apply --target ${instance}`;
  return `nothing by itself: ${apply}, or fleet run`;
}
