import type { FidelityNotebook } from './fidelity/notebook.ts'
import { notebooks } from './fidelity/notebooks.ts'
import { sideBySide } from './fidelity/side_by_side.ts'
import { isFaithful, tableOf } from './fidelity/table.ts'
import { endAllChildren } from './support/child.ts'
import { warmAndCold } from './fidelity/warm.ts'
import { adviceFor, missingParts } from './support/parts.ts'

process.exitCode = await main(process.argv.slice(2))

/** Compares all notebooks, or those named after one of the arguments; with --warm, warm and cold runs. */
async function main(args: readonly string[]): Promise<number> {
  process.once('SIGINT', stop).once('SIGTERM', stop)
  const isWarm = args.includes('--warm')
  return await (isWarm ? compareWarm : compareWithNbclient)(args.filter((arg) => arg !== '--warm'))
}

/** Executes notebooks with nbclient and with nbtrigger. */
async function compareWithNbclient(args: readonly string[]): Promise<number> {
  const missing = missingParts(['r-kernel', 'deno'])
  if (missing.length > 0) {
    const advice = adviceFor(missing).join('; ')
    say(`Cannot compare in all kernels: missing are ${missing.join(', ')}; ${advice}`)
    return 1
  }
  const chosen = chosenBy(args)
  say(`Executing ${chosen.length} notebooks with nbclient and with nbtrigger (about a minute)`)
  const startedTick = performance.now()
  const comparisons = await sideBySide(chosen)
  const different = comparisons.filter((comparison) => !isFaithful(comparison)).length
  const seconds = Math.round((performance.now() - startedTick) / 1000)
  say(tableOf(comparisons))
  say(`${comparisons.length} notebooks in ${seconds} s, ${different} with unexpected differences`)
  return different === 0 ? 0 : 1
}

/** Runs the Python notebooks with a warm kernel and without one. */
async function compareWarm(args: readonly string[]): Promise<number> {
  const chosen = chosenBy(args).filter(({ kernel }) => kernel === 'python3')
  say(`Running ${chosen.length} notebooks with warm kernels and without (about two minutes)`)
  const comparisons = await warmAndCold(chosen)
  const different = comparisons.filter(({ differing }) => Object.keys(differing).length > 0)
  for (const { notebook, differing } of different) {
    say(`${notebook.name}: ${JSON.stringify(differing, null, 2)}`)
  }
  const warm = comparisons.filter(({ wasWarm }) => wasWarm).length
  say(`${chosen.length} notebooks, ${warm} of them warm, ${different.length} with differences`)
  return different.length === 0 ? 0 : 1
}

function chosenBy(args: readonly string[]): readonly FidelityNotebook[] {
  return notebooks.filter(({ kernel, name }) => {
    return args.length === 0 || args.some((arg) => `${kernel} ${name}`.includes(arg))
  })
}

/** A wait for a child ends with an error then. */
function stop(): void {
  void endAllChildren() // never rejects
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
