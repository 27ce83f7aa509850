/**
 * What to write instead of Compose's `source:target:options`, which is not taken: it cannot say who owns the source,
 * and it hides whether that is a path or a volume. Undefined when the text is not of that form.
 */
export function longForm(text: string): string | undefined {
  const [source = "", target, options = "", ...more] = text.split(":");
  if (target === undefined || !target.startsWith("/") || source === "" || more.length > 0) return undefined;
  const kind = /^[./~$]/.test(source) ? "bind" : "volume";
  const words = options.split(",");
  const readOnly = words.includes("ro") ? ", readOnly: true" : "";
  const relabels = words.some((word) => word.toLowerCase() === "z");
  const advice = `write \`{ ${kind}: ${JSON.stringify(source)}, target: ${target}${readOnly} }\``;
  return relabels ? `${advice}; ${relabel}` : advice;
}

/** Relabelling changes what is on the host, and ruins a system path. */
export const relabel = "fleet never relabels a source: run `chcon` on it yourself, and never on a system path";
