import { parseArgs } from 'node:util'
import { endAllChildren } from './support/child.ts'
import { soak, type SoakFigures } from './support/soak/soak.ts'

process.exitCode = await main(process.argv.slice(2))

/** Hundreds of runs with faults in an order drawn at random: `--seed N` draws the same again. */
async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      runs: { type: 'string', default: '500' },
      lanes: { type: 'string', default: '8' },
    },
  })
  const [seed, runs, lanes] = [Number(values.seed), Number(values.runs), Number(values.lanes)]
  process.once('SIGINT', stop).once('SIGTERM', stop)
  say(`Seed ${seed}: ${runs} runs, ${lanes} side by side`)
  const startedTick = performance.now()
  const figures = await soak({ seed, runs, lanes, withSlow: true, onTrouble: say })
  say(tableOf(figures, (performance.now() - startedTick) / 1000))
  return isClean(figures) ? 0 : 1
}

function tableOf(figures: SoakFigures, seconds: number): string {
  const { verdicts, ...others } = figures
  const counted = Object.entries(verdicts).toSorted(([, a], [, b]) => b - a)
  const rows = [...Object.entries(others), ['seconds', Math.round(seconds)], ...counted]
  return rows.map(([name, count]) => `${String(count).padStart(6)}  ${name}`).join('\n')
}

function isClean({ wrongVerdicts, lostResults, hangs, kernelsLeft, tokenLeaks }: SoakFigures) {
  return [wrongVerdicts, lostResults, hangs, kernelsLeft, tokenLeaks].every((count) => count === 0)
}

/** A wait for a child ends with an error then. */
function stop(): void {
  void endAllChildren() // never rejects
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
