import { expect, it } from "vitest";
import { renderTable } from "./table.ts";

it("aligns columns by their text, paints after padding, and leaves nothing trailing", () => {
  const bold = (text: string): string => `<${text}>`;
  const rows = [
    [{ text: "NAME" }, { text: "STATE" }, { text: "REASON" }],
    [{ text: "web", paint: bold }, { text: "running" }, { text: "" }],
    [{ text: "a-long-one", paint: bold }, { text: "" }, { text: "gone" }],
  ];
  expect(renderTable(rows)).toBe(`NAME        STATE    REASON
<web       >  running
<a-long-one>           gone
`);
});
