/** A table as rows of texts; the first row is the heading. */
export type Table = readonly (readonly string[])[]

/** A cell of an HTML table. */
export interface CellSpan {
  readonly text: string
  readonly columns: number
  readonly rows: number
}

/** CSV as RFC 4180 has it, with a heading. */
export function csvOf(table: Table): string {
  return table.map((row) => `${row.map(csvField).join(',')}\r\n`).join('')
}

function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Each cell at every place that it spans: a table of groups is then complete in each row. */
export function withSpans(rows: readonly (readonly CellSpan[])[]): Table {
  const open = new Map<number, { readonly text: string; left: number }>()
  return rows.map((cells) => {
    const row: string[] = []
    const fill = () => {
      for (let above = open.get(row.length); above !== undefined && above.left > 0;) {
        above.left -= 1
        row.push(above.text)
        above = open.get(row.length)
      }
    }
    for (const { text, columns, rows: height } of cells) {
      fill()
      for (let column = 0; column < columns; column++) {
        open.set(row.length, { text, left: height - 1 })
        row.push(text)
      }
    }
    fill()
    return row
  })
}

/** Of columns or rows: more would let a small page become a table of any size. */
const maxSpan = 100

/** The number of rows or columns that an attribute names. */
export function spanOf(text: string | null | undefined): number {
  const span = Number(text ?? 1)
  return Number.isInteger(span) && span >= 1 ? Math.min(span, maxSpan) : 1
}

/** The true size of a table of which pandas shows a part, which it writes below; null for a whole one. */
export function cutSize(below: string): { readonly rows: string; readonly columns: string } | null {
  const [, rows, columns] = /(?<!\d)(\d+) rows [×x] (\d+) columns/.exec(below) ?? []
  return rows === undefined || columns === undefined ? null : { rows, columns }
}
