/** @type {import("typedoc").TypeDocOptions} */
const reading = {
  plugin: ["typedoc-plugin-markdown"],
  logLevel: "Warn",
  name: "API",
  readme: "none",
  skipErrorChecking: true,
  disableSources: true,
  disableGit: true,
  excludePrivate: true,
  excludeInternal: true,
  excludeExternals: true,
  sort: ["source-order"],
  validation: { notExported: true, invalidLink: true, rewrittenLink: true, invalidPath: true, notDocumented: true },
  // A property that is no function may do with its name and type.
  requiredToBeDocumented: [
    "Accessor",
    "Class",
    "Constructor",
    "Enum",
    "EnumMember",
    "Function",
    "Interface",
    "Method",
    "TypeAlias",
    "Variable",
  ],
};

/** @type {import("typedoc-plugin-markdown").PluginOptions & import("typedoc").TypeDocOptions} */
const writing = {
  router: "entry",
  theme: "entry",
  entryFileName: "README",
  flattenOutputFiles: true,
  hideGroupHeadings: true,
  hidePageHeader: true,
  hideBreadcrumbs: true,
  useCodeBlocks: true,
  useHTMLAnchors: true,
  expandObjects: true,
  expandParameters: true,
  parametersFormat: "none",
  interfacePropertiesFormat: "table",
  classPropertiesFormat: "table",
  typeAliasPropertiesFormat: "table",
  propertyMembersFormat: "table",
  typeDeclarationFormat: "table",
  tableColumnSettings: {
    hideModifiers: true,
    hideOverrides: true,
    hideInherited: true,
    hideDefaults: true,
    leftAlignHeaders: true,
  },
};

/**
 * How typedoc reads the sources, and its plugin writes the pages.
 *
 * @type {import("typedoc").TypeDocOptions}
 */
export const settings = { ...reading, ...writing };
