/**
 * What programs can import, as typedoc reads it from the sources.
 *
 * typedoc needs the JavaScript API of the compiler, which TypeScript 7 no longer has: so this folder is a package with a
 * TypeScript of its own, which reads the sources and checks nothing. What builds and checks them stays TypeScript 7.
 */
import { join } from "node:path";
import { Application, Comment, DeclarationReflection, ReflectionGroup, ReflectionKind } from "typedoc";
import { settings } from "./settings.mjs";

/** @import { ProjectReflection, Reflection } from "typedoc" */
/** @import { Entry } from "../entries.mjs" */

/**
 * Throws when a public name says nothing of itself, and when one is shown that nothing public explains: what is wrong is
 * on stderr.
 *
 * @param {string} root the repository's top folder
 * @param {readonly Entry[]} entries
 * @returns {Promise<{ application: Application, project: ProjectReflection }>}
 */
export async function readApi(root, entries) {
  const application = await Application.bootstrapWithPlugins({
    ...settings,
    entryPoints: entries.map(({ source }) => source),
    basePath: root,
    tsconfig: join(root, "tsconfig.base.json"),
    compilerOptions: {
      // Nothing is built: an entry is its source.
      paths: Object.fromEntries(entries.map(({ name, source }) => [name, [source]])),
      rootDir: root,
      composite: false,
      noEmit: true,
      // The words of a union stand in the same order whatever else is in the program.
      stableTypeOrdering: true,
    },
  });
  const project = await application.convert();
  if (project === undefined) throw new Error("the packages' types cannot be read");
  for (const module of project.children ?? []) describeEntry(project, module, entries);
  project.children?.sort(byName);
  for (const type of classesAndInterfaces(project)) forgetBorrowed(type);
  check(application, project, new Set(entries.map((entry) => entry.package)));
  tidy(project);
  return { application, project };
}

/**
 * @param {ProjectReflection} project
 * @param {DeclarationReflection} module
 * @param {readonly Entry[]} entries
 */
function describeEntry(project, module, entries) {
  const source = project.getSymbolIdFromReflection(module)?.fileName;
  const entry = entries.find((each) => each.source === source);
  if (entry === undefined) throw new Error(`no entry is ${source}`);
  module.name = entry.name;
  module.comment = new Comment([{ kind: "text", text: entry.description }]);
  // By name, whatever they are.
  module.children?.sort(byName);
  const names = new ReflectionGroup("Names", module);
  names.children = module.children ?? [];
  module.groups = [names];
}

/**
 * typedoc asks for the docstrings and the types of one package alone, the project's.
 *
 * @param {Application} application
 * @param {ProjectReflection} project
 * @param {ReadonlySet<string>} packages
 */
function check(application, project, packages) {
  for (const name of packages) {
    project.packageName = name;
    application.validate(project);
  }
  if (application.logger.hasWarnings() || application.logger.hasErrors()) {
    throw new Error("the public names do not explain themselves: see above");
  }
}

/**
 * A type without a docstring gets that of what it extends, which says something else.
 *
 * @param {DeclarationReflection} type
 */
function forgetBorrowed(type) {
  const said = summaryOf(type);
  const parents = (type.extendedTypes ?? []).map((each) => (each.type === "reference" ? each.reflection : undefined));
  if (parents.some((parent) => parent !== undefined && summaryOf(parent) === said)) delete type.comment;
}

/** @param {Reflection} reflection */
function summaryOf({ comment }) {
  return Comment.combineDisplayParts(comment?.summary);
}

/** @param {ProjectReflection} project */
function classesAndInterfaces(project) {
  const found = project.getReflectionsByKind(ReflectionKind.ClassOrInterface);
  return found.filter((each) => each instanceof DeclarationReflection);
}

/** @param {ProjectReflection} project */
function tidy(project) {
  for (const owner of classesAndInterfaces(project)) {
    // What it has from another is in that one's section.
    owner.children = (owner.children ?? []).filter((child) => !isInherited(child));
    for (const group of owner.groups ?? []) group.children = group.children.filter((child) => !isInherited(child));
    owner.groups = (owner.groups ?? []).filter(({ children }) => children.length > 0);
  }
  // What is taken apart at once has no name of its own.
  for (const parameter of project.getReflectionsByKind(ReflectionKind.Parameter)) {
    if (parameter.name === "__namedParameters") parameter.name = "options";
  }
}

/** @param {Reflection} reflection */
function isInherited(reflection) {
  return reflection instanceof DeclarationReflection && reflection.inheritedFrom?.reflection !== undefined;
}

/**
 * @param {Reflection} a
 * @param {Reflection} b
 */
function byName(a, b) {
  return a.name < b.name ? -1 : 1;
}
