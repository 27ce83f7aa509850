import type { Piece } from "./expand.ts";

/** Undefined when a quote is not closed. */
export type Words = readonly string[] | undefined;

/**
 * Splits a command as a shell would, without running one: blanks separate; `'…'` is verbatim; in `"…"` a backslash
 * keeps `"` and `\`; elsewhere it keeps the next character. Nothing else means anything. What a name stands for is never
 * split; outside of quotes an empty one makes no word.
 */
export function splitWords(pieces: readonly Piece[]): Words {
  const words: string[] = [];
  let word: string | undefined;
  let quote: "'" | '"' | undefined;
  let escaped = false;
  for (const { text, literal } of pieces) {
    if (!literal) {
      if (text !== "" || quote !== undefined) word = (word ?? "") + text;
      continue;
    }
    for (const char of text) {
      if (escaped) {
        word = `${word ?? ""}${quote === '"' && char !== '"' && char !== "\\" ? "\\" : ""}${char}`;
        escaped = false;
      } else if (char === "\\" && quote !== "'") {
        escaped = true;
      } else if (quote !== undefined) {
        if (char === quote) quote = undefined;
        else word = (word ?? "") + char;
      } else if (char === "'" || char === '"') {
        quote = char;
        word ??= "";
      } else if (/\s/.test(char)) {
        if (word !== undefined) words.push(word);
        word = undefined;
      } else word = (word ?? "") + char;
    }
  }
  if (word !== undefined) words.push(word);
  return quote === undefined && !escaped ? words : undefined;
}
