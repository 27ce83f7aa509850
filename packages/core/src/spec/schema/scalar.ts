import * as z from "zod/mini";
import type { Word } from "../fleet-spec.ts";
import type { Kind, Scalar } from "../kind.ts";
import { hasParts, parseText } from "../text.ts";

/*
 * Issues carry no prose of zod's: an issue's message is what would have been right ("a whole number from 1 to 64"), and
 * its params are the rest of a diagnostic. `issues.ts` reads them.
 */
export interface IssueParams {
  readonly hint?: string | undefined;
  /** Set when the text itself is broken, not what it says. */
  readonly malformed?: string;
}

type Accepted = "number" | "boolean";

type Value<A> = string | (A extends "number" ? number : never) | (A extends "boolean" ? boolean : never);

/** A scalar that `kind` reads. A text with variables or placeholders in it is read once they are filled in. */
export function scalar<A extends Accepted>(
  kind: Kind<unknown>,
  ...accepted: readonly A[]
): z.ZodMiniType<Value<A>, Value<A>> {
  const types: Record<Accepted, () => z.ZodMiniType> = { number: z.number, boolean: z.boolean };
  const options = [z.string(), ...accepted.map((type) => types[type]())] as unknown as [
    z.ZodMiniType<Value<A>, Value<A>>,
  ];
  return checked(kind, z.union(options, { error: ({ input }) => withHint(kind, input) }));
}

/** One of a few words, offered by editors. */
export function word<W extends string>(
  kind: Kind<W> & { readonly words: readonly W[] },
): z.ZodMiniType<Word<W>, Word<W>> {
  const variable = z.string().check(z.meta({ pattern: "[${]" }));
  const either = z.union([z.enum([...kind.words]), variable], { error: ({ input }) => withHint(kind, input) });
  return checked(kind, either) as z.ZodMiniType<Word<W>, Word<W>>;
}

/** Text only; `T` is what `kind` lets through. */
export function textOf<T extends string = string>(kind: Kind<unknown>): z.ZodMiniType<T, T> {
  return checked(kind, z.string({ error: ({ input }) => withHint(kind, input) })) as z.ZodMiniType<T, T>;
}

/** A key of a map; nothing is filled in there. */
export function keyOf(kind: Kind<unknown>): z.ZodMiniType<string, string> {
  return z.string().check((context) => {
    const reading = kind.read(context.value);
    if (reading.ok) return;
    context.issues.push(issue(context.value, kind.expected, { hint: reading.hint }));
  });
}

function checked<T extends Scalar>(kind: Kind<unknown>, schema: z.ZodMiniType<T, T>): z.ZodMiniType<T, T> {
  return schema.check((context) => {
    const { value } = context;
    if (typeof value === "string" && hasParts(value)) {
      const parsed = parseText(value);
      if (!parsed.ok) {
        context.issues.push(issue(value, kind.expected, { malformed: parsed.message, hint: parsed.hint }));
      } else if (parsed.parts.some((part) => typeof part !== "string")) return;
    }
    const reading = kind.read(value);
    if (!reading.ok) context.issues.push(issue(value, kind.expected, { hint: reading.hint }));
  });
}

function issue(input: unknown, expected: string, params: IssueParams) {
  return { code: "custom" as const, input, message: expected, params: { ...params } };
}

/** For a value of the wrong type, whose message is all that zod passes on: the hint goes on a second line. */
function withHint(kind: Kind<unknown>, input: unknown): string {
  if (typeof input !== "string" && typeof input !== "number" && typeof input !== "boolean") return kind.expected;
  const reading = kind.read(input);
  return reading.ok || reading.hint === undefined ? kind.expected : `${kind.expected}\n${reading.hint}`;
}
