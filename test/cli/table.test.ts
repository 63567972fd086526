import { expect, test } from "vitest";
import { formatTable } from "../../src/cli/render/table.ts";

test("columns are as wide as what is in them, and no line ends with blanks", () => {
  expect(
    formatTable(
      ["A", "LONG"],
      [
        ["value", ""],
        ["", "x"],
      ],
    ),
  ).toBe("A       LONG\nvalue\n        x\n");
  expect(formatTable(["A"], [])).toBe("");
});

test("a table of a large fleet has any number of rows", () => {
  const rows = Array.from({ length: 200_000 }, () => ["east"]);
  expect(formatTable(["CLUSTER"], rows).length).toBe("CLUSTER\n".length + rows.length * "east\n".length);
});
