import type { EngineEvent, Paint } from "@fleet/core";
import type { Evidence } from "@fleet/runner";
import { clockTime, shortDuration } from "../terminal/time.ts";
import type { ShownEntry } from "./range.ts";

export interface EntryStyle {
  readonly paint: Paint;
  /** Of the column of instances, in characters. */
  readonly width: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Lines of a container's output that are shown. */
const logLines = 3;

/** One line for an event; what was found out below it. Whole lines. */
export function renderEntry(entry: ShownEntry, { paint, width, now }: EntryStyle): string {
  switch (entry.kind) {
    case "event": {
      const { type, reason, message, action } = entry.event;
      const head = `${paint("dim", clockTime(entry.at, now))}  ${(entry.instance ?? "").padEnd(width)}`;
      const word = type === "Warning" ? paint("warning", reason.padEnd(reasonWidth)) : reason.padEnd(reasonWidth);
      const duration = action?.duration === undefined ? "" : paint("dim", `  ${shortDuration(action.duration)}`);
      return `${head}  ${word}  ${plain(message)}${duration}\n`;
    }
    case "evidence":
      return evidenceLines(entry.evidence)
        .map((line) => `${" ".repeat(width + 12)}${paint("dim", line)}\n`)
        .join("");
    case "lost":
      return `${paint("warning", `${entry.count} entries were lost`)} until ${clockTime(entry.at, now)}\n`;
  }
}

/** Of the longest. */
const reasonWidth = "ContainerStoppedOutside".length;

/** What was there when trouble was found, shortly. */
export function evidenceLines({ reason, container, log, events }: Evidence): string[] {
  return [
    ...(container === undefined ? [] : [containerLine(container), ...checkLines(reason, container)]),
    ...(events.length === 0 ? [] : [`engine: ${events.map(eventWord).join(", ")}`]),
    ...logTail(log).map((line) => `output: ${line}`),
  ];
}

function containerLine({ id, state }: NonNullable<Evidence["container"]>): string {
  const { phase, exitCode, oomKilled, error, restartCount } = state;
  const words = [
    phase,
    ...(exitCode === undefined ? [] : [`code ${exitCode}`]),
    ...(oomKilled ? ["out of memory"] : []),
    ...(restartCount > 0 ? [`restarted ${restartCount === 1 ? "once" : `${restartCount} times`} by the engine`] : []),
    ...(error === undefined ? [] : [error]),
  ];
  return `container ${id.slice(0, 12)} was ${words.map(plain).join(", ")}`;
}

/** What its health check said, where that is what befell it. */
function checkLines(reason: Evidence["reason"], { state }: NonNullable<Evidence["container"]>): string[] {
  if (reason !== "Unhealthy" || state.lastCheck === undefined) return [];
  const { exitCode, output } = state.lastCheck;
  return [`health check: code ${exitCode}`, ...logTail(output).map((line) => `health check: ${line}`)];
}

function eventWord({ action, signal, exitCode, detail }: EngineEvent): string {
  return [action, signal ?? exitCode ?? detail].filter((part) => part !== undefined).join(" ");
}

function logTail(log: string | undefined): string[] {
  const lines = (log ?? "").split("\n").map(plain);
  return lines.filter((line) => line.trim() !== "").slice(-logLines);
}

/** A terminal must not act on what a container or an engine wrote. */
function plain(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, " ").trimEnd();
}
