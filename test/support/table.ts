/** Rows of cells as aligned text; the first row is the head, the first column is left-aligned, the others right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  const line = (row: readonly string[]) =>
    row.map((cell, n) => (n === 0 ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0))).join('  ')
  const rule = widths.map((width) => '─'.repeat(width)).join('──')
  const [head = [], ...body] = rows
  return [line(head), rule, ...body.map(line)].join('\n')
}
