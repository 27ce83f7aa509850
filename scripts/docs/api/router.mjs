import { Reflection, ReflectionKind } from "typedoc";
import { ModuleRouter } from "typedoc-plugin-markdown";

/** @import { RouterTarget, Slugger } from "typedoc" */

/** A page for each entry; an anchor says whose member it is, so that it stays when another type gets one of that name. */
export class EntryRouter extends ModuleRouter {
  /**
   * @override
   * @param {Reflection} reflection
   */
  getIdealBaseName(reflection) {
    if (!reflection.kindOf(ReflectionKind.Module)) return super.getIdealBaseName(reflection);
    return reflection.name.replace(/^@\w+\//, "").replaceAll("/", "-");
  }

  /**
   * @override
   * @param {RouterTarget} target
   * @param {RouterTarget} page
   */
  buildAnchors(target, page) {
    if (!(page instanceof Reflection) || this.anchors.has(target)) return;
    let entry = page;
    while (entry.parent !== undefined && !entry.kindOf(ReflectionKind.Module)) entry = entry.parent;
    super.buildAnchors(target, entry);
  }

  /**
   * @override
   * @param {RouterTarget} page
   * @returns {Slugger}
   */
  getSlugger(page) {
    const slugger = super.getSlugger(page);
    return Object.create(slugger, {
      slug: {
        value: (/** @type {string} */ name) => slugger.slug(name.replace(/^Property-/, "").replaceAll(".", "-")),
      },
    });
  }
}
