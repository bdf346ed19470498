import { notebooks } from './fidelity/notebooks.ts'
import { sideBySide } from './fidelity/side_by_side.ts'
import { isFaithful, tableOf } from './fidelity/table.ts'
import { endAllChildren } from './support/child.ts'
import { adviceFor, missingParts } from './support/parts.ts'

process.exitCode = await main(process.argv.slice(2))

/** Executes notebooks with nbclient and with nbtrigger: all, or those named after one of the words. */
async function main(words: readonly string[]): Promise<number> {
  process.once('SIGINT', stop).once('SIGTERM', stop)
  const missing = missingParts(['r-kernel', 'deno'])
  if (missing.length > 0) {
    const advice = adviceFor(missing).join('; ')
    say(`Cannot compare in all kernels: missing are ${missing.join(', ')}; ${advice}`)
    return 1
  }
  const chosen = notebooks.filter(({ kernel, name }) => {
    return words.length === 0 || words.some((word) => `${kernel} ${name}`.includes(word))
  })
  say(`Executing ${chosen.length} notebooks with nbclient and with nbtrigger (about a minute)`)
  const startedTick = performance.now()
  const comparisons = await sideBySide(chosen)
  const different = comparisons.filter((comparison) => !isFaithful(comparison)).length
  const seconds = Math.round((performance.now() - startedTick) / 1000)
  say(tableOf(comparisons))
  say(`${comparisons.length} notebooks in ${seconds} s, ${different} with unexpected differences`)
  return different === 0 ? 0 : 1
}

/** A wait for a child ends with an error then. */
function stop(): void {
  void endAllChildren() // never rejects
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
