/** Styles that reports use. */
export type Style = "error" | "warning" | "good" | "accent" | "dim" | "bold";

/** Puts a style on a text, or leaves it plain. */
export type Paint = (style: Style, text: string) => string;

const codes: Readonly<Record<Style, string>> = {
  error: "1;31",
  warning: "1;33",
  good: "32",
  accent: "36",
  dim: "2",
  bold: "1",
};

/** For a terminal (`color`), or as it is. */
export function painter(color: boolean): Paint {
  return color ? (style, text) => `\u001b[${codes[style]}m${text}\u001b[0m` : (_style, text) => text;
}
