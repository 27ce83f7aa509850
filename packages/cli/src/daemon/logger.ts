import type { Clock } from "@fleet/core";
import { type DestinationStream, type Logger, pino } from "pino";
import { prettyFactory } from "pino-pretty";
import type { OutputStream } from "../program.ts";
import { lineOf } from "./log-line.ts";

export type { Logger };

export interface LoggerOptions {
  readonly stream: OutputStream;
  readonly level: string;
  readonly color: boolean;
  readonly clock: Clock;
}

/** Constant messages with keys, as JSON lines, or in words when the stream is a terminal. Writes at once, in this thread. */
export function createLogger({ stream, level, color, clock }: LoggerOptions): Logger {
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date(clock.now()).toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return pino(options, stream.isTTY === true ? inWords(stream, color) : { write: (line) => void stream.write(line) });
}

function inWords(stream: OutputStream, color: boolean): DestinationStream {
  const pretty = prettyFactory({
    colorize: color,
    hideObject: true,
    translateTime: "SYS:HH:MM:ss",
    messageFormat: lineOf,
  });
  return { write: (line) => void stream.write(pretty(line)) };
}
