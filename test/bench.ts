import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { format, resolveConfig } from 'prettier'
import { measureRow, type Measured } from './bench/measure_row.ts'
import { Place } from './bench/place.ts'
import { resultsPage } from './bench/results.ts'
import { rows } from './bench/rows.ts'
import { endAllChildren } from './support/child.ts'
import { repositoryRoot } from './support/repository.ts'

const resultsFile = join(repositoryRoot, 'test/bench/results.md')

process.exitCode = await main(process.argv.slice(2))

/** Measures all rows and writes results.md, or measures those that are named and only prints them. */
async function main(names: readonly string[]): Promise<number> {
  process.once('SIGINT', stop).once('SIGTERM', stop)
  const unknown = names.filter((name) => rows.every((row) => row.name !== name))
  if (unknown.length > 0) {
    say(`There is no row ${unknown.join(', ')}: ${rows.map(({ name }) => name).join(', ')}`)
    return 2
  }
  const measured: Measured[] = []
  await using place = await Place.open()
  for (const row of rows.filter(({ name }) => names.length === 0 || names.includes(name))) {
    measured.push(
      await measureRow(row, place, {
        rounds: row.rounds,
        warmUps: row.warmUps ?? 1,
        divisor: 1,
        tell: say,
      }),
    )
  }
  const style = await resolveConfig(resultsFile)
  const page = await format(resultsPage(measured, new Date()), { ...style, filepath: resultsFile })
  say(`\n${page}`)
  if (names.length === 0) await writeFile(resultsFile, page)
  return measured.every(({ results }) => results.every(({ isMet }) => isMet)) ? 0 : 1
}

/** A wait for a child ends with an error then. */
function stop(): void {
  void endAllChildren() // never rejects
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
