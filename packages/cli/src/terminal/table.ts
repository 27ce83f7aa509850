/** A cell: its text, and how it is shown once its width is known. */
export interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

/** Columns of even width, two blanks apart; nothing trails. */
export function renderTable(rows: readonly (readonly Cell[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.text.length ?? 0)));
  const lines = rows.map((row) => {
    const last = row.findLastIndex((cell) => cell.text !== "");
    return row
      .slice(0, last + 1)
      .map(({ text, paint = String }, column) => paint(column === last ? text : text.padEnd(widths[column] ?? 0)))
      .join("  ");
  });
  return lines.map((line) => `${line}\n`).join("");
}
