/** A Markdown table with its columns aligned; the first row is the heading. */
export function markdownTable(rows: readonly (readonly string[])[]): string {
  const [heading = [], ...body] = rows
  const widths = heading.map((_, column) => Math.max(3, ...rows.map((row) => widthOf(row, column))))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const rule = widths.map((width) => '-'.repeat(width))
  return [heading, rule, ...body].map(line).join('\n')
}

function widthOf(row: readonly string[], column: number): number {
  return row[column]?.length ?? 0
}
