import { expect, test } from "vitest";
import { parseFleet } from "./parse.ts";
import { renderDiagnostics } from "./render.ts";

const text = [
  "apiVersion: fleet/v1",
  "kind: Fleet",
  "metadata: { name: f }",
  "spec:",
  "  instances:",
  "    - name: dev",
  "\u0020     imgae: app:1",
  "      image: App:1",
  "      restart: [",
  "        always ]",
  "",
].join("\n");

test("each diagnostic shows its place, its line with a caret, and what to do", () => {
  expect(
    renderDiagnostics(parseFleet(text, { file: "fleet.yaml" }).diagnostics),
  ).toBe(`error[UnknownKey]: nothing is called \`imgae\` here
  --> fleet.yaml:7:7
  |
7 |       imgae: app:1
  |       ^^^^^
  = at: spec.instances[0].imgae
  = hint: did you mean \`image\`?

error[InvalidValue]: \`image\` cannot be "App:1"
  --> fleet.yaml:8:14
  |
8 |       image: App:1
  |              ^^^^^
  = at: spec.instances[0].image
  = expected: an image reference such as \`nginx:1.27\` or \`registry:5000/team/app@sha256:…\`
  = hint: repository names are lower case

error[WrongType]: \`restart\` cannot be a list
  --> fleet.yaml:9:16
  |
9 |       restart: [
  |                ^
  = at: spec.instances[0].restart
  = expected: \`no\`, \`always\`, \`unless-stopped\`, \`on-failure\` or \`on-failure:3\`

3 errors
`);
});

test("without a file there is a path; nothing found gives nothing", () => {
  expect(
    renderDiagnostics([
      { severity: "warning", code: "Unused", path: "spec.templates.x", message: "no instance uses it" },
      { severity: "error", code: "Missing", path: "", message: "not there", found: "nothing", expected: "something" },
    ]),
  ).toBe(`warning[Unused]: no instance uses it
 = at: spec.templates.x

error[Missing]: not there
 = found: nothing
 = expected: something

1 error, 1 warning
`);
  expect(renderDiagnostics([])).toBe("");
});

test("a long line is cut around what is meant, and control characters never reach the terminal", () => {
  const excerpt = `${"x".repeat(300)}\u001b[31m\tbad${"y".repeat(300)}`;
  const [, , , line = "", caret = ""] = renderDiagnostics([
    { severity: "error", code: "Syntax", path: "", message: "m", line: 1, column: 307, length: 3, excerpt },
  ]).split("\n");
  expect(line.slice(caret.indexOf("^"), caret.indexOf("^") + 3)).toBe("bad");
  expect(line.length).toBeLessThan(170);
  expect(line).not.toContain("\u001b");
});

test("colours on request", () => {
  const colored = renderDiagnostics(parseFleet(text).diagnostics, { color: true });
  expect(colored).toContain("\u001b[1;31merror[UnknownKey]\u001b[0m");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: taking the colours away is the point
  expect(colored.replaceAll(/\u001b\[[\d;]*m/g, "")).toBe(renderDiagnostics(parseFleet(text).diagnostics));
});
