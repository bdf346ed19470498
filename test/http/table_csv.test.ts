import { describe, expect, test } from '@jest/globals'
import { readTable } from '../../src/http/table_csv.ts'
import { csvOf } from '../../src/rendering/table.ts'

const frame = (body: string, after = '') =>
  `<style>.dataframe th { x: y }</style><table class="dataframe">${body}</table>${after}`

const head = '<thead><tr><th></th><th>a</th><th>b</th></tr></thead>'
const row = '<tr><th>0</th><td>1</td><td>x</td></tr>'

function csvIn(data: Readonly<Record<string, unknown>>): string | null {
  const { table } = readTable(data)
  return table === null ? null : csvOf(table)
}

describe('readTable()', () => {
  test.each([
    { name: 'a data frame', html: frame(head + row), csv: ',a,b\r\n0,1,x\r\n' },
    {
      name: 'quotes, separators and lines',
      html: frame('<tr><td>a,b</td><td>say "x"</td><td>1<br>2 &lt; 3</td></tr>'),
      csv: '"a,b","say ""x""",12 < 3\r\n',
    },
    {
      name: 'groups of rows and columns, repeated in each',
      html: frame(
        '<tr><th></th><th colspan="2">A</th></tr>' +
          '<tr><th rowspan="2">g</th><td>1</td><td>2</td></tr><tr><td>3</td><td>4</td></tr>',
      ),
      csv: ',A,A\r\ng,1,2\r\ng,3,4\r\n',
    },
    { name: 'cells that are not closed', html: '<table><tr><td>1<td>2</table>', csv: '1,2\r\n' },
  ])('reads $name', ({ html, csv }) => {
    expect(csvIn({ 'text/html': html })).toBe(csv)
  })

  test.each([
    { name: 'no HTML', data: { 'text/plain': '1' } },
    { name: 'no table', data: { 'text/html': '<p>1</p>' } },
    { name: 'an empty table', data: { 'text/html': '<table></table>' } },
    { name: 'two tables', data: { 'text/html': frame(row) + frame(row) } },
  ])('finds none in $name', ({ data }) => {
    expect(readTable(data)).toEqual({ table: null, problem: null })
  })

  test('refuses a table of which pandas shows a part', () => {
    const html = frame(head + row, '<p>100 rows × 2 columns</p>')
    const data = { 'application/vnd.dataresource+json': { schema: { fields: [{ name: 'a' }] } } }
    for (const shown of [{ 'text/html': html }, { ...data, 'text/html': html }]) {
      expect(readTable(shown)).toEqual({
        table: null,
        problem: 'the notebook shows only a part of its 100 rows and 2 columns',
      })
    }
  })

  test('reads the data of Table Schema, by name and with all digits', () => {
    const schema = { fields: [{ name: 'index' }, { name: 'a' }, { name: 'b' }] }
    const data = [
      { index: 0, a: 12345678901234567890n, b: null },
      { index: 1, b: 'x,y' },
    ]
    expect(csvIn({ 'application/vnd.dataresource+json': { schema, data } })).toBe(
      'index,a,b\r\n0,12345678901234567890,\r\n1,,"x,y"\r\n',
    )
  })

  test('bounds how far a cell may span', () => {
    const [cells] = readTable({ 'text/html': '<table><tr><td colspan="1e9">x</table>' }).table ?? []
    expect(cells).toHaveLength(100)
  })
})
