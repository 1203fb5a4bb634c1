/**
 * A table as CSV (RFC 4180): a line of column names, then one for each row, all ending in CR LF; cells with a comma, a
 * quote or a line break are quoted. What is undefined or NaN leaves its cell empty. Text that a spreadsheet would take
 * for a formula, since it begins with `=`, `+`, `-`, `@`, a tab or a return, gets an apostrophe before it; numbers,
 * negative ones too, stay as they are.
 *
 * ```ts
 * csvTable(["image", "iou"], [["=1+1.tif", 0.5], ["-3.tif", -1]]); // "image,iou\r\n'=1+1.tif,0.5\r\n'-3.tif,-1\r\n"
 * ```
 */
export function csvTable(
  names: readonly string[],
  rows: Iterable<ReadonlyArray<string | number | undefined>>,
): string {
  return [names, ...rows].map((cells) => `${cells.map(cellOf).join(",")}\r\n`).join("");
}

function cellOf(value: string | number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return "";
  const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
