import { didYouMean, parseDuration } from "@fleet/core";
import { Refusal } from "./refusal.ts";

/** Bytes. */
const largest = 64 * 1024;

/** One key of a JSON body: what it must be, and how it is read. */
export interface Field<T> {
  readonly expected: string;
  readonly read: (value: unknown) => T | typeof wrong;
}

type Values<F extends Readonly<Record<string, Field<unknown>>>> = {
  readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never;
};

const wrong: unique symbol = Symbol("wrong");

export const text: Field<string> = {
  expected: "a text of one line",
  read: (value) => (typeof value === "string" && value.trim() !== "" && !/\p{Cc}/u.test(value) ? value : wrong),
};

export const flag: Field<boolean> = {
  expected: "true or false",
  read: (value) => (typeof value === "boolean" ? value : wrong),
};

/** To milliseconds. */
export const duration: Field<number> = {
  expected: "a duration such as `30m` or `1h30m`",
  read: (value) => (typeof value === "string" && parseDuration(value)) || wrong,
};

export function optional<T>({ expected, read }: Field<T>): Field<T | undefined> {
  return { expected, read: (value) => (value === undefined ? undefined : read(value)) };
}

/** Reads a JSON object with these keys and no others; an empty body is an empty object. Throws refusals 400 and 413. */
export async function readBody<F extends Readonly<Record<string, Field<unknown>>>>(
  request: Request,
  fields: F,
): Promise<Values<F>> {
  const body = parse(await readText(request));
  const keys = Object.keys(fields);
  for (const key of Object.keys(body)) {
    if (keys.includes(key)) continue;
    const hint = didYouMean(key, keys) ?? (keys.length === 0 ? "send no body" : `known are ${keys.join(", ")}`);
    throw new Refusal(400, "Invalid", `body: unknown key ${JSON.stringify(key)}`, { hint });
  }
  const values = Object.entries(fields).map(([key, { expected, read }]) => {
    const value = read(body[key]);
    if (value !== wrong) return [key, value];
    const found = body[key] === undefined ? "nothing" : JSON.stringify(body[key]);
    throw new Refusal(400, "Invalid", `body: ${key}: expected ${expected}, found ${found}`);
  });
  return Object.fromEntries(values);
}

function parse(json: string): Readonly<Record<string, unknown>> {
  if (json.trim() === "") return {};
  try {
    const body: unknown = JSON.parse(json);
    if (typeof body === "object" && body !== null && !Array.isArray(body)) return { ...body };
  } catch {
    throw new Refusal(400, "Invalid", "body: expected a JSON object, found what is no JSON");
  }
  throw new Refusal(400, "Invalid", "body: expected a JSON object, found another value");
}

async function readText({ body }: Request): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > largest) throw new Refusal(413, "TooLarge", `body: larger than ${largest / 1024} KiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
