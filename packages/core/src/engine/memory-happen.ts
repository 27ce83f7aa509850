import { constants } from "node:os";
import type { EngineEvent } from "../observe/engine-event.ts";
import type { MemoryContainer, MemoryState } from "./memory-state.ts";
import { labelsIn } from "./translate-event.ts";

/** What a container's event says beside its action. */
type Particulars = Pick<EngineEvent, "detail" | "exitCode" | "signal">;

/** Notes what happened to a container. */
export function happen(
  state: MemoryState,
  { id, name, config }: MemoryContainer,
  action: string,
  at: number,
  particulars: Particulars = {},
): void {
  state.happened.push({
    at,
    kind: "container",
    action,
    id,
    name,
    labels: labelsIn(config.labels ?? {}),
    ...particulars,
  });
}

/** Notes what happened to an image, a network or a volume. A network's `id` is the container's when it is about one. */
export function happenTo(
  state: MemoryState,
  kind: "image" | "network" | "volume",
  action: string,
  { id, name }: Pick<EngineEvent, "id" | "name">,
  at: number,
): void {
  state.happened.push({ at, kind, action, id, name, labels: {} });
}

/** Notes that a container joined or left every network that it is declared in, as it does with each run. */
export function happenToNetworks(
  state: MemoryState,
  { id, network }: MemoryContainer,
  action: "connect" | "disconnect",
  at: number,
): void {
  const { mode, attached } = network;
  const names = mode === "host" || mode === "none" ? [mode] : Object.keys(attached).sort();
  for (const name of names) happenTo(state, "network", action, { id, name }, at);
}

/** As an engine names a signal in an event: `SIGTERM`, `term` and `15` are all `15`. */
export function signalNumber(signal: string): string {
  const name = signal.toUpperCase().replace(/^(SIG)?/, "SIG");
  return String((constants.signals as Readonly<Record<string, number>>)[name] ?? signal);
}
