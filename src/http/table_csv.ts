import { Parser } from 'htmlparser2'
import { multilineText } from '../jupyter/read_field.ts'
import { type CellSpan, cutSize, spanOf, type Table, withSpans } from '../rendering/table.ts'
import { jsonText } from '../util/json.ts'
import { isRecord } from '../util/record.ts'

/** What of a result is a table. */
export type TableReading =
  | { readonly table: Table; readonly problem: null }
  /** Why the table cannot be given whole; null when there is none. */
  | { readonly table: null; readonly problem: string | null }

type Data = Readonly<Record<string, unknown>>

const none: TableReading = { table: null, problem: null }

/** The table of a result: a table in its HTML, as of a data frame, or Table Schema's data. */
export function readTable(data: Data): TableReading {
  const html = multilineText(data['text/html'])
  const resource = data['application/vnd.dataresource+json']
  const fromHtml = html === null ? none : htmlTable(html)
  // pandas cuts both in the same way, and says it in the HTML alone.
  if (isRecord(resource) && fromHtml.problem === null) return resourceTable(resource)
  return fromHtml
}

/** https://specs.frictionlessdata.io/tabular-data-resource: rows of objects by name, or of values. */
function resourceTable({ schema, data }: Data): TableReading {
  const fields = isRecord(schema) && Array.isArray(schema['fields']) ? schema['fields'] : []
  const names = fields.map((field: unknown) => String(isRecord(field) ? field['name'] : ''))
  if (names.length === 0 || !Array.isArray(data)) return none
  const rows = data.map((row: unknown) => {
    if (Array.isArray(row)) return row.map(valueText)
    return names.map((name) => valueText(isRecord(row) ? row[name] : null))
  })
  return { table: [names, ...rows], problem: null }
}

function valueText(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'string' ? value : jsonText(value)
}

function htmlTable(html: string): TableReading {
  const { rows, tables, after } = parsedTable(html)
  if (tables !== 1 || rows.length === 0) return none
  const table = withSpans(rows)
  const size = cutSize(after)
  if (size !== null) {
    return {
      table: null,
      problem: `the notebook shows only a part of its ${size.rows} rows and ${size.columns} columns`,
    }
  }
  return { table, problem: null }
}

/** The rows of the tables in `html`, the number of these, and the text behind them. */
function parsedTable(html: string) {
  const rows: CellSpan[][] = []
  let tables = 0
  let after = ''
  let cell: { text: string; readonly columns: number; readonly rows: number } | null = null
  const end = () => {
    if (cell !== null)
      rows.at(-1)?.push({ ...cell, text: cell.text.replaceAll(/\s+/g, ' ').trim() })
    cell = null
  }
  const parser = new Parser({
    onopentag(name, { colspan, rowspan }) {
      if (name === 'table') tables += 1
      if (name === 'tr') rows.push([])
      if (name === 'th' || name === 'td') {
        end()
        cell = { text: '', columns: spanOf(colspan), rows: spanOf(rowspan) }
      }
    },
    ontext(text) {
      if (cell === null) after += text
      else cell.text += text
    },
    onclosetag(name) {
      if (name === 'th' || name === 'td' || name === 'tr') end()
    },
  })
  parser.end(html)
  return { rows, tables, after }
}
