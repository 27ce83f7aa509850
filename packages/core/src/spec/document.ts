import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  type YAMLError,
  type YAMLMap,
} from "yaml";
import { Diagnostics } from "./diagnostic.ts";
import type { Path } from "./path.ts";
import type { Span, SpecSource } from "./source.ts";

/** What a text holds, as plain values; `value` is undefined when it could not be made. */
export interface ReadDocument {
  readonly value: unknown;
  readonly source: SpecSource;
  readonly diagnostics: Diagnostics;
}

const nestedTooDeeply = "the file is nested too deeply to be read";

/** Far above any real fleet, far below what an alias bomb makes. */
const limits = { values: 250_000, depth: 64 } as const;

/**
 * Reads one YAML 1.2 document. Maps become plain objects, `<<` is merged (the map's own keys win, then the earlier of
 * several), aliases are followed within bounds. A number or boolean that is not written the canonical way (`0755`,
 * `1.10`, `True`) stays the text it is written as, so that nothing is lost before its field decides what it means.
 */
export function readDocument(text: string, file?: string): ReadDocument {
  const body = text.startsWith("\ufeff") ? text.slice(1) : text;
  const source = new YamlSource(body, file);
  const diagnostics = new Diagnostics(source);
  let document: Document.Parsed;
  try {
    document = parseDocument(body, { merge: false, uniqueKeys: false, prettyErrors: false });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    diagnostics.error("TooLarge", [], nestedTooDeeply);
    return { value: undefined, source, diagnostics };
  }
  const reader = new Reader(source, diagnostics);
  for (const problem of [...document.errors, ...document.warnings]) {
    if (problem.code === "RESOURCE_EXHAUSTION") {
      diagnostics.error("TooLarge", [], nestedTooDeeply);
      continue;
    }
    diagnostics.error("Syntax", [], syntaxMessage(problem), {
      span: source.at(problem.pos[0], problem.pos[1]),
      hint: syntaxHint(problem.code, source, problem.pos[0]),
    });
  }
  const version = document.directives?.yaml.version;
  if (version !== undefined && version !== "1.2") {
    const start = Math.max(0, body.indexOf("%YAML"));
    diagnostics.error("Syntax", [], `YAML ${version} is not read`, {
      span: source.at(start, start + 9),
      expected: "YAML 1.2",
      hint: "take the %YAML line away: YAML 1.1 reads `no`, `2222:22` and `0755` as something else",
    });
  }
  const root = document.contents;
  if ((root === null || (isScalar(root) && root.value === null)) && !diagnostics.failed) {
    diagnostics.error("Empty", [], "there is nothing in the file", {
      expected: "a document that begins with `apiVersion: fleet/v1`",
    });
  }
  if (diagnostics.failed || root === null) return { value: undefined, source, diagnostics };
  const value = reader.read(root);
  source.root = root;
  return { value: diagnostics.failed ? undefined : value, source, diagnostics };
}

function syntaxMessage({ code, message }: YAMLError): string {
  if (code === "MULTIPLE_DOCS") return "the file holds several documents";
  return message.charAt(0).toLowerCase() + message.slice(1).replace(/\s+/g, " ");
}

function syntaxHint(code: string, source: YamlSource, offset: number): string | undefined {
  if (code === "MULTIPLE_DOCS") return "one file holds one fleet: take out the `---` and what follows";
  if (code === "TAB_AS_INDENT") return "indent with spaces";
  if (code === "TAG_RESOLVE_FAILED") return "take the tag away: a fleet file has none but `!!str` and the like";
  if (source.line(source.at(offset, offset).line).includes("\u00a0")) return nbspHint;
  return undefined;
}

const nbspHint = "the line holds a no-break space (U+00A0); write a plain space";

/** From nodes to plain values. Remembers which node each alias stands for, as the text's order says. */
class Reader {
  readonly #source: YamlSource;
  readonly #diagnostics: Diagnostics;
  readonly #anchors = new Map<string, Node>();
  readonly #sizes = new Map<Node, number>();
  readonly #values = new Map<Node, unknown>();
  readonly #open = new Set<Node>();
  #bounded = true;

  constructor(source: YamlSource, diagnostics: Diagnostics) {
    this.#source = source;
    this.#diagnostics = diagnostics;
  }

  read(root: Node): unknown {
    this.#link(root, 0);
    if (this.#diagnostics.failed || !this.#fits(root)) return undefined;
    return this.#value(root);
  }

  /** Checks every node, in the text's order, and ties each alias to the last anchor of its name before it. */
  #link(node: unknown, depth: number): void {
    if (!isNode(node)) return;
    if (depth > limits.depth) {
      if (this.#bounded) this.#fail("TooLarge", node, `nested more than ${limits.depth} deep`);
      this.#bounded = false;
      return;
    }
    if (isAlias(node)) {
      const target = this.#anchors.get(node.source);
      if (target === undefined) {
        this.#fail("Syntax", node, `nothing is anchored as \`&${node.source}\` before this`);
      } else if (this.#open.has(target)) {
        this.#fail("TooLarge", node, `\`*${node.source}\` holds itself`);
      } else this.#source.aliases.set(node, target);
      return;
    }
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    this.#open.add(node);
    if (isSeq(node)) for (const item of node.items) this.#link(item, depth + 1);
    if (isMap(node)) this.#linkMap(node, depth + 1);
    if (node.tag !== undefined && !plainTags.has(node.tag)) {
      this.#fail("Syntax", node, `a fleet file has no use for the tag ${node.tag}`);
    }
    this.#open.delete(node);
  }

  #linkMap(map: YAMLMap, depth: number): void {
    const seen = new Map<string, Node>();
    for (const pair of map.items) {
      this.#link(pair.key, depth);
      this.#link(pair.value, depth);
      if (!isNode(pair.key)) continue;
      if (isMergeKey(pair)) {
        if (this.#source.merged(pair) === undefined && !this.#diagnostics.failed) {
          this.#fail("Syntax", pair.key, "`<<` takes an alias of a map, or a list of them");
        }
        continue;
      }
      const key = this.#source.keyText(pair);
      if (key === undefined || key === "__proto__") {
        this.#fail("Syntax", pair.key, "this cannot be a key", "a plain word");
        continue;
      }
      const first = seen.get(key);
      if (first === undefined) seen.set(key, pair.key);
      else {
        const { line } = this.#source.atNode(first);
        this.#fail("DuplicateKey", pair.key, `\`${key}\` is there already, on line ${line}`);
      }
    }
  }

  /** How many values a node stands for once its aliases are followed. */
  #fits(node: Node): boolean {
    const size = this.#size(node);
    if (size > limits.values) {
      this.#fail("TooLarge", node, `aliases make more than ${limits.values} values of this file`);
    }
    return size <= limits.values;
  }

  #size(node: unknown): number {
    if (!isNode(node)) return 1;
    const target = this.#source.follow(node);
    const known = this.#sizes.get(target);
    if (known !== undefined) return known;
    let size = 1;
    if (isSeq(target)) for (const item of target.items) size += this.#size(item);
    if (isMap(target)) for (const pair of target.items) size += this.#size(pair.value);
    this.#sizes.set(target, size);
    return size;
  }

  #value(node: unknown): unknown {
    if (!isNode(node)) return null;
    const target = this.#source.follow(node);
    if (isScalar(target)) return scalarValue(target);
    if (this.#values.has(target)) return this.#values.get(target);
    let value: unknown = null;
    if (isMap(target)) {
      value = Object.fromEntries(
        [...this.#source.entries(target)].map(([key, pair]) => [key, this.#value(pair.value)]),
      );
    } else if (isSeq(target)) {
      value = target.items.map((item) => this.#value(item));
    }
    this.#values.set(target, value);
    return value;
  }

  #fail(code: "Syntax" | "TooLarge" | "DuplicateKey", node: Node, message: string, expected?: string): void {
    this.#diagnostics.error(code, [], message, { span: this.#source.atNode(node), expected });
  }
}

const plainTags = new Set(
  ["map", "seq", "str", "int", "float", "bool", "null"].map((tag) => `tag:yaml.org,2002:${tag}`),
);

function scalarValue(scalar: Scalar): unknown {
  const { value, source } = scalar;
  const isNumberOrFlag = typeof value === "number" || typeof value === "boolean";
  return isNumberOrFlag && source !== undefined && source !== String(value) ? source : value;
}

/** A plain `<<`; quoted it is a key like any other. */
function isMergeKey(pair: Pair): boolean {
  return isScalar(pair.key) && pair.key.value === "<<" && pair.key.type === "PLAIN";
}

class YamlSource implements SpecSource {
  readonly file?: string;
  readonly aliases = new Map<Node, Node>();
  root: Node | undefined;
  readonly #entries = new Map<YAMLMap, Map<string, Pair>>();
  readonly #text: string;
  readonly #starts: readonly number[];

  constructor(text: string, file: string | undefined) {
    this.#text = text;
    if (file !== undefined) this.file = file;
    const starts = [0];
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
    this.#starts = starts;
  }

  line(number: number): string {
    const start = this.#starts[number - 1] ?? 0;
    const end = this.#text.indexOf("\n", start);
    return this.#text.slice(start, end === -1 ? undefined : end).replace(/\r$/, "");
  }

  span(path: Path, part: "key" | "value"): Span {
    let node: unknown = this.root;
    let key: unknown;
    for (const step of path) {
      const target = isNode(node) ? this.follow(node) : undefined;
      const found: { key: unknown; value: unknown } | undefined = isMap(target)
        ? this.entries(target).get(String(step))
        : isSeq(target) && typeof step === "number"
          ? { key: undefined, value: target.items[step] }
          : undefined;
      if (found === undefined) break;
      key = found.key;
      node = found.value;
    }
    const wanted = part === "key" || !isWritten(node) ? (key ?? node) : node;
    return isNode(wanted) ? this.atNode(wanted) : this.at(0, 0);
  }

  atNode(node: Node): Span {
    const [start, end] = node.range ?? [0, 0];
    return this.at(start, end);
  }

  /** From `offset`, to `end` or to the end of its line. */
  at(offset: number, end: number): Span {
    const start = Math.min(offset, this.#text.trimEnd().length);
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#starts[middle] ?? 0) <= start) low = middle;
      else high = middle - 1;
    }
    const from = this.#starts[low] ?? 0;
    const line = low + 1;
    const stop = Math.min(end, from + this.line(line).trimEnd().length);
    return { line, column: start - from + 1, length: Math.max(1, stop - start) };
  }

  follow(node: Node): Node {
    return this.aliases.get(node) ?? node;
  }

  /** The pairs of a map by key, those of its merge keys included, in the order in which they are written. */
  entries(map: YAMLMap): Map<string, Pair> {
    const known = this.#entries.get(map);
    if (known !== undefined) return known;
    const own = new Map<string, Pair>();
    const merged = new Map<string, Pair>();
    for (const pair of map.items) {
      if (isMergeKey(pair)) {
        for (const from of this.merged(pair) ?? []) {
          for (const [key, inherited] of this.entries(from)) if (!merged.has(key)) merged.set(key, inherited);
        }
      } else own.set(this.keyText(pair) ?? "", pair);
    }
    const all = new Map([...merged, ...own]);
    this.#entries.set(map, all);
    return all;
  }

  /** The maps that a merge key names; undefined when it names something else. */
  merged(pair: Pair): readonly YAMLMap[] | undefined {
    const value = isNode(pair.value) ? this.follow(pair.value) : undefined;
    const items: unknown[] = isSeq(value) ? value.items : [value];
    const maps = items.map((entry) => (isNode(entry) ? this.follow(entry) : undefined)).filter((entry) => isMap(entry));
    return maps.length === items.length ? maps : undefined;
  }

  /** A key as written, so that `1` and `"1"` are the same and `0o7` stays itself. */
  keyText(pair: Pair): string | undefined {
    const key = isNode(pair.key) ? this.follow(pair.key) : undefined;
    if (!isScalar(key) || key.value === null) return undefined;
    return typeof key.value === "string" ? key.value : (key.source ?? String(key.value));
  }
}

/** Whether there is anything to point at: an empty value has no text of its own. */
function isWritten(node: unknown): boolean {
  return isNode(node) && node.range != null && node.range[1] > node.range[0];
}
