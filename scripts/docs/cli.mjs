/** @import { SourceModules } from "./source-modules.mjs" */

/**
 * docs/cli.md: the command's own help.
 *
 * @param {SourceModules} modules
 */
export function cliPage({ readCommandLine, commands }) {
  /** @param {string[]} argv */
  const help = (...argv) => {
    const request = readCommandLine([...argv, "--help"], "", { width: 100, color: false });
    if (request.kind === "run") throw new Error(`fleet ${argv.join(" ")} --help does not ask for help`);
    return fenced(request.text);
  };
  const sections = commands.flatMap(({ name }) => ["", `## fleet ${name}`, "", help(name)]);
  return [
    "# The fleet command",
    "",
    "<!-- Written by scripts/docs: change the command, not this page. -->",
    "",
    help(),
    ...sections,
    "",
  ].join("\n");
}

/** @param {string} text */
function fenced(text) {
  return `\`\`\`text\n${text.trimEnd()}\n\`\`\``;
}
