/** What a terminal that is tall enough shows after `written`. Knows line breaks, where the cursor is sent, and the two ways to clear. */
export function screenAfter(written: string): string {
  const lines = [""];
  let row = 0;
  let column = 0;
  const put = (text: string): void => {
    const line = (lines[row] ?? "").padEnd(column);
    lines[row] = line.slice(0, column) + text + line.slice(column + text.length);
    column += text.length;
  };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escapes are what this is about
  for (const [token = "", count, verb] of written.matchAll(/\u001b\[([\d;]*)([A-Za-z])|[\r\n]|[^\u001b\r\n]+/g)) {
    if (token === "\n") {
      row += 1;
      column = 0;
      lines[row] ??= "";
    } else if (token === "\r") column = 0;
    else if (verb === undefined) put(token);
    else if (verb === "A") row -= Number(count || 1);
    else if (verb === "G") column = Number(count || 1) - 1;
    else if (verb === "K") lines[row] = (lines[row] ?? "").slice(0, column);
    else if (verb === "J") lines.splice(row, lines.length, (lines[row] ?? "").slice(0, column));
    else if (verb !== "m") throw new Error(`the screen does not know ${JSON.stringify(token)}`);
  }
  return lines.join("\n");
}
