import { Comment } from "typedoc";

/** @import { DeclarationReflection, ProjectReflection, SomeType } from "typedoc" */
/** @import { SourceModules } from "./source-modules.mjs" */

/**
 * docs/reference.md: what every word means that fleet says to people and programs. Throws for one that says nothing of
 * itself.
 *
 * @param {ProjectReflection} project
 * @param {SourceModules} modules
 */
export function referencePage(project, { exitMeanings, metricTable, reasonTexts }) {
  const words = new Words(project);
  /** @param {string} reason */
  const inPlan = (reason) => reasonTexts[/** @type {keyof typeof reasonTexts} */ (reason)];
  const sections = {
    "Exit codes": table(["code", "meaning"], exitMeanings),
    "Reasons in a plan": words.section("Reason", { "a plan says": inPlan }),
    Blocks: words.section("BlockReason"),
    "Causes of a difference": words.section("DriftCause"),
    Events: words.parts("EventReason"),
    Conditions: words.parts("ConditionReason"),
    "Refused leases": words.section("RefusalReason"),
    "Commands in a container": words.section("ExecReason"),
    Errors: words.section("ErrorCode"),
    "Errors over HTTP": words.section("RefusalCode"),
    Diagnostics: words.section("DiagnosticCode"),
    Metrics: metrics(metricTable),
  };
  return [
    "# Reference",
    "",
    "<!-- Written by scripts/docs: change the docstrings and tables in the sources, not this page. -->",
    "",
    Object.keys(sections)
      .map((title) => `[${title}](#${anchor(title)})`)
      .join(" · "),
    ...Object.entries(sections).flatMap(([title, text]) => ["", `## ${title}`, "", text]),
    "",
  ].join("\n");
}

/** Closed sets of words, as the sources have them: unions whose members have docstrings. */
class Words {
  /** @type {Map<string, DeclarationReflection>} */
  #unions = new Map();

  /** @param {ProjectReflection} project */
  constructor(project) {
    for (const entry of project.children ?? []) {
      for (const declaration of entry.children ?? []) this.#unions.set(declaration.name, declaration);
    }
  }

  /**
   * What a set is, and what each of its words means.
   *
   * @param {string} name
   * @param {Readonly<Record<string, (word: string) => string>>} [columns] more of each word, by what stands above it
   */
  section(name, columns = {}) {
    const { union, said } = this.#named(name);
    const rows = union.types.map((type, at) => {
      const [word, shown] = wordOf(type);
      const summary = union.elementSummaries?.[at] ?? [];
      if (summary.length === 0) throw new Error(`${word}, in ${name}, has no docstring`);
      return [shown, ...Object.values(columns).map((column) => column(word)), markdown(summary)];
    });
    return [said, "", table(["word", ...Object.keys(columns), "meaning"], rows)].join("\n");
  }

  /**
   * A set that is made of others.
   *
   * @param {string} name
   */
  parts(name) {
    const { union, said } = this.#named(name);
    const parts = union.types.map((type) => {
      if (type.type !== "reference") throw new Error(`${type}, in ${name}, is no set of its own`);
      return `### ${type.name.replace(/Reason$/, "")}\n\n${this.section(type.name)}`;
    });
    return [said, ...parts].join("\n\n");
  }

  /** @param {string} name */
  #named(name) {
    const { type: union, comment } = this.#unions.get(name) ?? {};
    if (union?.type !== "union") throw new Error(`${name} is no public union`);
    return { union, said: markdown(comment?.summary ?? []) };
  }
}

/** The sections in which sets stand that are part of others. @type {Readonly<Record<string, string>>} */
const sectionOf = { BlockReason: "Blocks", ErrorCode: "Errors" };

/**
 * The word itself, and how it is shown.
 *
 * @param {SomeType} type
 * @returns {[string, string]}
 */
function wordOf(type) {
  if (type.type === "literal") return [String(type.value), `\`${type.value}\``];
  const name = String(type);
  const title = sectionOf[name];
  if (title === undefined) throw new Error(`${name} has no section in the reference`);
  return [name, `[any of these](#${anchor(title)})`];
}

/** @param {SourceModules["metricTable"]} rows */
function metrics(rows) {
  return table(
    ["metric", "type", "labels", "meaning"],
    Object.values(rows).map(({ name, type, labels, help }) => [
      `\`${name}\``,
      type,
      labels.map((label) => `\`${label}\``).join(", "),
      help,
    ]),
  );
}

/**
 * @param {readonly string[]} heads
 * @param {readonly (readonly string[])[]} rows
 */
function table(heads, rows) {
  const lines = [heads, heads.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  return lines.join("\n").replaceAll("| --- ", "|---").replaceAll("|--- |", "|---|").replaceAll(" |---", "|---");
}

/** @param {import("typedoc").CommentDisplayPart[]} parts */
function markdown(parts) {
  return Comment.combineDisplayParts(parts).replaceAll(/\s*\n\s*/g, " ");
}

/** @param {string} title */
function anchor(title) {
  return title.toLowerCase().replaceAll(" ", "-");
}
