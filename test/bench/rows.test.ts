import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { repositoryRoot } from '../support/repository.ts'
import { measureRow } from './measure_row.ts'
import { Place } from './place.ts'
import { askedBy } from './results.ts'
import { rows } from './rows.ts'

describe('test/bench/results.md', () => {
  const file = readFileSync(join(repositoryRoot, 'test/bench/results.md'), 'utf8')
  const page = file.replaceAll(/ +/g, ' ') // the columns are filled up with blanks

  test.each(rows)('has the row $name, and all that is asked of it', ({ name, work, bars }) => {
    expect(page).toContain(`\n## ${name}\n`)
    const [table = ''] = page.split('\n## ')
    const from = table.slice(table.indexOf(`\n| ${work} | `))
    expect(from.startsWith(`\n| ${work} | `)).toBe(true)
    const lines = from.split('\n').slice(1, 1 + bars.length)
    for (const [place, bar] of bars.entries()) expect(lines[place]).toContain(`| ${askedBy(bar)} |`)
  })
})

/**
 * The rows that a smaller part of tells something in a few seconds, and how much smaller. Beside
 * other tests `jupyter execute` now and then chooses a port that another kernel takes.
 */
const short = [
  ['trivial-cells', 40],
  ['reference-function', 1],
  ['cold-start', 1],
  ['large-display', 5],
  ['many-displays', 5],
  ['many-parameters', 5],
  ['masking', 5],
] as const

/** Other programs may slow one contender and not the next: only what is far off counts here. */
const generosity = 10

describe('a short form of the bench', () => {
  let place: Place
  beforeAll(async () => {
    place = await Place.open()
  })
  afterAll(() => place?.[Symbol.asyncDispose]())

  test.each(short)('%s is not far from what is asked', async (name, divisor) => {
    const row = rows.find((each) => each.name === name)
    if (row === undefined) throw new Error(`Cannot find the row ${name}`)
    const size = { rounds: 1, warmUps: 0, divisor, tell: () => undefined }
    const { results } = await measureRow(row, place, size)
    expect(results).toHaveLength(row.bars.length)
    for (const { bar, figure } of results) {
      expect(`${askedBy(bar)}: ${figure / bar.atMost < generosity || figure}`).toBe(
        `${askedBy(bar)}: true`,
      )
    }
  })
})
