import type { Paint, Remedy, Style } from "@fleet/core";
import { type Cell, renderTable } from "../terminal/table.ts";
import { age } from "../terminal/time.ts";
import type { InstanceStatus, StatusReport } from "./report.ts";

/** A line for each instance, and one with the counts. */
export function renderStatus({ instances, at }: StatusReport, paint: Paint): string {
  const styled = (text: string, style: Style | undefined): Cell =>
    style === undefined ? { text } : { text, paint: (padded) => paint(style, padded) };
  const head = ["NAME", "STATE", "SINCE", "READY", "SYNCED", "IMAGE", "REASON"].map((text) => styled(text, "dim"));
  const rows = instances.map((status) => [
    styled(status.instance, "bold"),
    styled(status.state, status.ready ? undefined : "error"),
    styled(status.since === undefined ? "" : age(at - status.since), undefined),
    styled(status.ready ? "yes" : "no", status.ready ? "good" : "error"),
    styled(syncWord(status), status.synced === null ? undefined : status.synced ? "good" : "warning"),
    styled(status.image ?? "", undefined),
    styled(status.reason ?? "", undefined),
  ]);
  return `${renderTable([head, ...rows])}\n${summary(instances, paint)}\n`;
}

/** `yes`, or what bringing it in sync would take; `?` when nobody can tell. */
function syncWord({ synced, verdict, remedy }: InstanceStatus): string {
  if (synced === null) return "?";
  if (synced) return "yes";
  if (verdict === "blocked") return "blocked";
  if (verdict === "reported") return "orphan";
  return remedy === undefined ? "no" : (words[remedy] ?? remedy);
}

const words: Readonly<Partial<Record<Remedy, string>>> = { host: "repair", restart: "start" };

function summary(instances: readonly InstanceStatus[], paint: Paint): string {
  const ready = instances.filter((status) => status.ready).length;
  const synced = instances.filter((status) => status.synced).length;
  const total = instances.length;
  const known = instances.every((status) => status.synced !== null);
  const sync = known ? `, ${synced} in sync` : "";
  const text = `${total} ${total === 1 ? "instance" : "instances"}: ${ready} ready${sync}.`;
  return ready === total && synced === total ? text : paint("bold", text);
}
