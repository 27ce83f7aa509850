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

const reasonWidth = "ContainerVanished".length;

/** What was there when trouble was found, shortly. */
export function evidenceLines({ container, log, events }: Evidence): string[] {
  return [
    ...(container === undefined ? [] : [containerLine(container)]),
    ...(events.length === 0 ? [] : [`engine: ${events.map(eventWord).join(", ")}`]),
    ...logTail(log).map((line) => `output: ${line}`),
  ];
}

function containerLine({ id, state }: NonNullable<Evidence["container"]>): string {
  const { phase, exitCode, oomKilled, error, restartCount } = state;
  const words = [
    phase,
    ...(phase === "exited" && exitCode !== undefined ? [`code ${exitCode}`] : []),
    ...(oomKilled ? ["out of memory"] : []),
    ...(restartCount > 0 ? [`restarted ${restartCount} times by the engine`] : []),
    ...(error === undefined ? [] : [error]),
  ];
  return `container ${id.slice(0, 12)} was ${words.map(plain).join(", ")}`;
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
