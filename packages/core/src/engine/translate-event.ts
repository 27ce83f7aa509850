import type { EngineEvent } from "../observe/engine-event.ts";

/** A line of the event stream. Older engines add `status`, `id` and `from`, which say the same. */
export interface EventJson {
  readonly Type: string;
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes?: Readonly<Record<string, string>> | null };
  /** Seconds since the epoch. */
  readonly time: number;
  readonly timeNano: number;
}

/** What the engine is asked for; it leaves out execs, three of which each health probe makes, and other noise. */
const wanted: Readonly<Record<EngineEvent["kind"], readonly string[]>> = {
  container: [
    "create",
    "start",
    "die",
    "stop",
    "kill",
    "destroy",
    "oom",
    "pause",
    "unpause",
    "rename",
    "update",
    "restart",
    // An engine that is given this compares beginnings: what follows the colon need not be named.
    "health_status",
  ],
  image: ["tag", "untag", "pull", "load", "import", "delete"],
  network: ["create", "connect", "disconnect", "destroy", "remove"],
  volume: ["create", "destroy"],
  daemon: ["reload"],
};

/** An engine cannot be told which actions of which kind. */
export const eventQuery: Readonly<Record<"filters", string>> = {
  filters: JSON.stringify({ type: Object.keys(wanted), event: [...new Set(Object.values(wanted).flat())] }),
};

/** Attributes of a container's event that are not labels of the container. */
const own: ReadonlySet<string> = new Set(["image", "name", "oldName", "exitCode", "execDuration", "signal"]);

/** Undefined for what is no event of a kind that was asked for. */
export function readEvent(json: unknown): EngineEvent | undefined {
  if (!isEvent(json)) return undefined;
  const { Type: kind, Action, Actor, time, timeNano } = json;
  const attributes = Actor.Attributes ?? {};
  const [action = "", ...rest] = Action.split(":");
  const detail = action === "health_status" ? rest.join(":").trim() : "";
  const { exitCode, signal, container } = attributes;
  return {
    at: Math.floor(timeNano > 0 ? timeNano / 1e6 : time * 1000),
    kind,
    action,
    ...(detail === "" ? {} : { detail }),
    id: kind === "network" && container ? container : Actor.ID,
    name: nameOf(kind, Actor.ID, attributes.name ?? ""),
    labels: kind === "container" ? labelsIn(attributes) : {},
    ...(action === "die" && exitCode !== undefined ? { exitCode: Number(exitCode) } : {}),
    ...(action === "kill" && signal !== undefined ? { signal } : {}),
  };
}

function isEvent(json: unknown): json is EventJson & { readonly Type: EngineEvent["kind"] } {
  const { Type, Action, Actor } = (json ?? {}) as Partial<EventJson>;
  return (
    typeof Type === "string" &&
    Object.hasOwn(wanted, Type) &&
    typeof Action === "string" &&
    typeof Actor?.ID === "string"
  );
}

function nameOf(kind: EngineEvent["kind"], id: string, name: string): string {
  if (kind === "volume") return id;
  if (kind !== "image") return name.replace(/^\//, "");
  // The name of a pull lacks the tag, which its id has; that of an untag is the id once more.
  return [id, name].find((each) => !each.startsWith("sha256:")) ?? "";
}

/** The container's labels among an event's attributes. One that is named as the engine's own is lost. */
export function labelsIn(attributes: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(attributes).filter(([key]) => !own.has(key)));
}
