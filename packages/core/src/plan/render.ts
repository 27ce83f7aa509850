import type { Drift, DriftCause, Remedy } from "../diff/drift.ts";
import { type Paint, painter, type Style } from "../paint.ts";
import { formatDuration } from "../spec/duration.ts";
import type { Action } from "./action.ts";
import { describeAction, reasonTexts } from "./describe.ts";
import type { Block, Busy, InstancePlan, Plan, PlanSummary } from "./plan.ts";

/** The plan as text for people, in sync instances only counted. Ends with a newline. */
export function renderPlan(plan: Plan, options: { readonly color?: boolean } = {}): string {
  const paint = painter(options.color === true);
  // What is only to be reported is told too.
  const shown = plan.instances.filter((instance) => instance.verdict !== "inSync" || instance.drifts.length > 0);
  const width = Math.max(0, ...shown.map((instance) => instance.instance.length));
  const lines = shown.flatMap((instance) => renderInstance(instance, width, paint));
  return `${[...lines, ...(lines.length > 0 ? [""] : []), renderSummary(plan, paint)].join("\n")}\n`;
}

const heads: Readonly<Record<Remedy, { mark: string; word: string; style: Style }>> = {
  none: { mark: " ", word: "", style: "dim" },
  host: { mark: "!", word: "repair", style: "warning" },
  update: { mark: "~", word: "update", style: "accent" },
  restart: { mark: "~", word: "start", style: "accent" },
  replace: { mark: "±", word: "replace", style: "warning" },
  create: { mark: "+", word: "create", style: "good" },
  remove: { mark: "-", word: "remove", style: "error" },
};

function renderInstance(plan: InstancePlan, width: number, paint: Paint): string[] {
  const { mark, word, style } = headOf(plan);
  const why = [...new Set(mainActions(plan).map((action) => reasonTexts[action.reason]))].join(", ");
  const name = paint("bold", plan.instance.padEnd(width));
  const head = `  ${paint(style, mark)} ${name}  ${paint(style, word.padEnd(8))}  ${why}${renderBusy(plan.busy, paint)}`;
  const pathWidth = Math.max(0, ...plan.drifts.map((drift) => drift.path.length));
  return [
    head.trimEnd(),
    ...plan.drifts.map((drift) => renderDrift(drift, pathWidth, paint)),
    ...preparations(plan).map((action) => `      ${paint("dim", describeAction(action))}`),
    ...renderStaleHint(plan, paint),
    ...plan.blocks.flatMap((block) => renderBlock(block, paint)),
  ];
}

function renderBusy(busy: Busy | undefined, paint: Paint): string {
  if (busy === undefined) return "";
  const { message, cutAfter } = busy;
  if (cutAfter === 0) return `  ${paint("error", "cuts:")} ${message}`;
  const how = cutAfter === undefined ? "deferred:" : `deferred for ${formatDuration(cutAfter)} at most:`;
  return `  ${paint("warning", how)} ${message}`;
}

function headOf(plan: InstancePlan): { mark: string; word: string; style: Style } {
  if (plan.verdict === "blocked" && plan.actions.length === 0) return { mark: "x", word: "blocked", style: "error" };
  if (plan.verdict === "reported") return { mark: "?", word: "orphan", style: "warning" };
  const stops = plan.actions.some((action) => action.kind === "stopContainer");
  return plan.remedy === "restart" && stops ? { ...heads.restart, word: "restart" } : heads[plan.remedy];
}

const preparing: ReadonlySet<Action["kind"]> = new Set(["pullImage", "createVolume", "createNetwork", "makeSource"]);

/** Actions that no drift line tells about. */
function preparations(plan: InstancePlan): Action[] {
  const told = new Set(plan.drifts.map((drift) => drift.path));
  return plan.actions.filter((action) => preparing.has(action.kind) && !action.causes.some((cause) => told.has(cause)));
}

/** Actions whose reason says why there is a plan at all. */
function mainActions(plan: InstancePlan): Action[] {
  const main = plan.actions.filter((action) => !preparing.has(action.kind));
  return main.length > 0 ? main : [...plan.actions];
}

function renderDrift(drift: Drift, width: number, paint: Paint): string {
  const change = `${drift.observed ?? paint("dim", "none")} ${paint("dim", "→")} ${drift.desired ?? paint("dim", "none")}`;
  const cause = causeTexts[drift.cause];
  return `      ${drift.path.padEnd(width)}  ${change}${cause === "" ? "" : `  ${paint("dim", cause)}`}`;
}

const causeTexts: Readonly<Record<DriftCause, string>> = {
  added: "added to the spec",
  removed: "removed from the spec",
  changed: "",
  tagMoved: "tag moved",
  byHand: "not in the spec",
  host: "on the host",
  sourceReplaced: "source replaced",
};

/** A drift that nobody mends by itself needs a word on how it is mended. */
function renderStaleHint({ drifts, container, remedy }: InstancePlan, paint: Paint): string[] {
  const left = drifts.some((drift) => drift.cause === "sourceReplaced" && drift.remedy === "none");
  if (!left || remedy === "replace") return [];
  const way = `docker restart ${container} mounts the new one; heal.staleMount: restart has fleet do it`;
  return [`      ${paint("dim", "hint:")}    ${way}`];
}

function renderBlock(block: Block, paint: Paint): string[] {
  return [
    `      ${paint("error", "blocked")}  ${block.message}`,
    ...(block.hint === undefined ? [] : [`      ${paint("dim", "hint:")}    ${block.hint}`]),
  ];
}

function renderSummary(plan: Plan, paint: Paint): string {
  const text = summaryText(plan.summary, plan.instances.filter(isDeferred));
  return `${paint("bold", "Plan:")} ${text}.  ${paint("dim", `basis ${plan.basis}`)}`;
}

function isDeferred({ verdict, busy }: InstancePlan): boolean {
  return verdict === "pending" && busy !== undefined && busy.cutAfter !== 0;
}

/** `1 to create, 3 to replace (1 deferred), 2 in sync`; what is zero is left out. `deferred`: those that wait for work inside. */
export function summaryText(summary: PlanSummary, deferred: readonly Pick<InstancePlan, "remedy">[] = []): string {
  const pending = (count: number, text: string, remedy: Remedy): readonly [number, string] => {
    const some = deferred.filter((instance) => instance.remedy === remedy).length;
    return [count, some === 0 ? text : `${text} (${some === count ? "" : `${some} `}deferred)`];
  };
  const parts = [
    [summary.create, "to create"],
    pending(summary.replace, "to replace", "replace"),
    pending(summary.restart, "to start", "restart"),
    [summary.update, "to update"],
    [summary.repair, "to repair"],
    pending(summary.remove, "to remove", "remove"),
    [summary.blocked, "blocked"],
    [summary.reported, summary.reported === 1 ? "orphan left alone" : "orphans left alone"],
    [summary.inSync, "in sync"],
  ] as const;
  const told = parts.filter(([count]) => count > 0).map(([count, text]) => `${count} ${text}`);
  return told.length === 0 ? "nothing to do" : told.join(", ");
}
