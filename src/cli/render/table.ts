/**
 * Rows under a head, in columns, as kubectl prints them.
 *
 * @returns Lines, each with its break; empty where there is no row.
 */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  const all = [head, ...rows];
  // not by Math.max(...), since a large fleet has more rows than a call may have arguments
  const widths = head.map((_, column) => all.reduce((width, row) => Math.max(width, (row[column] ?? "").length), 0));
  return all
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("   ")
          .trimEnd()}\n`,
    )
    .join("");
}
