import { Comment, makeRecursiveVisitor, ReflectionKind } from "typedoc";
import { MarkdownTheme, MarkdownThemeContext } from "typedoc-plugin-markdown";

/** @import { CommentDisplayPart, DeclarationReflection, Reflection, SomeType, UnionType } from "typedoc" */
/** @import { MarkdownPageEvent } from "typedoc-plugin-markdown" */

/**
 * The plugin's pages, shorter: all names at the top, a signature once instead of again as tables, and below it the names
 * that it leads on to; what the members of a union mean is a table.
 */
export class EntryTheme extends MarkdownTheme {
  /**
   * @override
   * @param {MarkdownPageEvent<any>} page
   */
  getRenderContext(page) {
    const context = new MarkdownThemeContext(this, page, this.application.options);
    const { partials, router } = context;
    const { body, declaration, declarationTitle, unionType } = partials;
    /** The union that has a line for each of its members. */
    let listed = /** @type {SomeType | undefined} */ (undefined);

    /** @param {Reflection} reflection */
    const linked = (reflection) => `[\`${reflection.name}\`](${context.urlTo(reflection)})`;

    /** @param {readonly (SomeType | undefined)[]} types */
    const leadsOn = (types) => {
      const names = [...namedIn(types)].filter((reflection) => router.hasUrl(reflection));
      return names.length === 0 ? "" : `→ ${names.map(linked).join(" · ")}`;
    };

    partials.body = (model, options) => {
      const { children = [] } = model;
      if (model.kindOf(ReflectionKind.Project)) return index(children, context);
      if (!model.kindOf(ReflectionKind.Module)) return body(model, options);
      return paragraphs(children.map(linked).join(" · "), body(model, options));
    };

    partials.signatureReturns = ({ type, parameters = [] }) => leadsOn([...parameters.map((each) => each.type), type]);

    partials.declarationTitle = (model) => {
      listed = model.type;
      return declarationTitle(model).replaceAll(/\{\n {2}[^{}]{1,90}\n *\}/g, oneLine);
    };

    partials.declaration = (model, options) => {
      const { type, comment } = model;
      const said = comment === undefined ? "" : partials.comment(comment);
      if (type?.type === "union") {
        return paragraphs(partials.declarationTitle(model), said, meanings(type, context), leadsOn([type]));
      }
      if (model.kindOf(ReflectionKind.Variable) && type?.type === "reflection") {
        return paragraphs(fields(model.name, type.declaration.children ?? []), said);
      }
      return paragraphs(declaration(model, options), leadsOn([type]));
    };

    partials.accessor = ({ getSignature }) =>
      getSignature === undefined ? "" : partials.signature(getSignature, { headingLevel: 5, accessor: "get" });

    partials.hierarchy = ({ types, isTarget }) => {
      const own = leadsOn(types);
      if (isTarget === true) return "";
      if (own !== "") return `Extends ${own}`;
      // One of the language's; of a type that is made of others, its members say all.
      const foreign = types.filter((type) => type.type === "reference" && type.typeArguments === undefined);
      return foreign.length === 0 ? "" : `Extends ${foreign.map((type) => `\`${type}\``).join(" · ")}`;
    };

    // The parent's own section says it.
    partials.inheritance = () => "";

    partials.unionType = (model) => {
      if (model === listed) return unionType(model);
      return model.types.map((type) => partials.someType(type, { forceCollapse: true })).join(" \\| ");
    };

    return context;
  }
}

/**
 * The first page: every entry, and what it is for.
 *
 * @param {readonly DeclarationReflection[]} entries
 * @param {MarkdownThemeContext} context
 */
function index(entries, { helpers, ...context }) {
  const rows = entries.map((entry) => {
    const said = oneLine(helpers.getCommentParts(entry.comment?.summary ?? []));
    return `| [\`${entry.name}\`](${context.router.getFullUrl(entry)}) | ${said} |`;
  });
  return ["| import | what it is |", "|---|---|", ...rows].join("\n");
}

/**
 * What a union's documented members mean, and their fields.
 *
 * @param {UnionType} union
 * @param {MarkdownThemeContext} context
 */
function meanings({ types, elementSummaries = [] }, { partials, helpers }) {
  const lines = types.flatMap((type, at) => {
    const children = type.type === "reflection" ? (type.declaration.children ?? []) : [];
    // What tells an object among those of its union is the one field with a value of its own.
    const name = partials.someType(children.find((child) => child.type?.type === "literal")?.type ?? type);
    return [{ path: "", said: elementSummaries[at] ?? [] }, ...documented(children)]
      .filter(({ said }) => said.length > 0)
      .map(({ path, said }) => {
        const shown = path === "" ? name : `${name}: \`${path}\``;
        return `| ${shown} | ${oneLine(helpers.getCommentParts(said))} |`;
      });
  });
  return lines.length === 0 ? "" : ["| member | meaning |", "|---|---|", ...lines].join("\n");
}

/**
 * Fields with a docstring, and those of the objects in them.
 *
 * @param {readonly DeclarationReflection[]} children
 * @param {string} [before]
 * @returns {{ path: string, said: CommentDisplayPart[] }[]}
 */
function documented(children, before = "") {
  return children.flatMap(({ name, comment, type }) => {
    const path = `${before}${name}`;
    const within = type?.type === "reflection" ? documented(type.declaration.children ?? [], `${path}.`) : [];
    return comment === undefined ? within : [{ path, said: comment.summary }, ...within];
  });
}

/**
 * A constant object: its fields, as far as their values are short.
 *
 * @param {string} name
 * @param {readonly DeclarationReflection[]} children
 */
function fields(name, children) {
  const lines = children.flatMap(({ name: field, type, comment }) => [
    ...(comment === undefined ? [] : [`  // ${oneLine(Comment.combineDisplayParts(comment.summary))}`]),
    `  ${field}: ${type?.type === "reflection" ? "{ … }" : type};`,
  ]);
  return ["```ts", `const ${name}: {`, ...lines, "};", "```"].join("\n");
}

/**
 * The declarations that types name, in the order in which they do.
 *
 * @param {readonly (SomeType | undefined)[]} types
 */
function namedIn(types) {
  const found = /** @type {Set<Reflection>} */ (new Set());
  const visitor = makeRecursiveVisitor({
    reference: ({ reflection }) => {
      if (reflection !== undefined && !reflection.kindOf(ReflectionKind.TypeParameter)) found.add(reflection);
    },
    reflection: ({ declaration }) => {
      for (const child of declaration.children ?? []) child.type?.visit(visitor);
    },
  });
  for (const type of types) type?.visit(visitor);
  return found;
}

/** @param {string[]} parts */
function paragraphs(...parts) {
  return parts.filter((part) => part !== "").join("\n\n");
}

/** @param {string} text */
function oneLine(text) {
  return text.replaceAll(/\s*\n\s*/g, " ");
}
