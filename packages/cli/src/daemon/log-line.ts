const own = new Set(["level", "time", "msg"]);

/** A record of the log in one line for people: an event in its own words, anything else with its keys. */
export function lineOf(record: Readonly<Record<string, unknown>>): string {
  const { msg, instance, reason, message } = record;
  if (msg === "event") return `${instance === undefined ? "" : `${instance} `}${reason}: ${message}`;
  const keys = Object.entries(record).filter(([key, value]) => !own.has(key) && value !== undefined);
  return [msg, ...keys.map(([key, value]) => `${key}=${textOf(value)}`)].join("  ");
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(",");
  return typeof value === "string" ? value : JSON.stringify(value);
}
