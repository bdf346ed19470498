import { parseArgs } from 'node:util'
import { endAllChildren } from './support/child.ts'
import { resumeSoak } from './support/soak/resume_soak.ts'
import { rolloverSoak } from './support/soak/rollover_soak.ts'
import { soak, type SoakFigures } from './support/soak/soak.ts'

process.exitCode = await main(process.argv.slice(2))

/**
 * Hundreds of runs with faults in an order drawn at random: `--seed N` draws the same again. With
 * `--rollover`, runs whose WebSocket is replaced every 2 s, until that happened `--rollovers N` times;
 * with `--resume`, 100 runs whose process is killed 1 to 3 times, and another one goes on.
 */
async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      runs: { type: 'string' },
      lanes: { type: 'string' },
      rollover: { type: 'boolean', default: false },
      rollovers: { type: 'string', default: '200' },
      resume: { type: 'boolean', default: false },
    },
  })
  const seed = Number(values.seed)
  const [usualRuns, usualLanes] = values.resume ? [100, 4] : [500, 8]
  const runs = Number(values.runs ?? usualRuns)
  const lanes = Number(values.lanes ?? usualLanes)
  process.once('SIGINT', stop).once('SIGTERM', stop)
  if (values.rollover) return await rollOver(Number(values.rollovers))
  say(`Seed ${seed}: ${runs} runs, ${lanes} side by side`)
  if (values.resume) return await resume({ seed, runs, lanes })
  const startedTick = performance.now()
  const figures = await soak({ seed, runs, lanes, withSlow: true, onTrouble: say })
  say(tableOf(figures, (performance.now() - startedTick) / 1000))
  return isClean(figures) ? 0 : 1
}

async function rollOver(rollovers: number): Promise<number> {
  const { lostLines, disorderlyCells, disturbedRuns, kernelsLeft, ...counts } = await rolloverSoak({
    rollovers,
    lanes: 2,
    onRun: say,
  })
  const troubles = { lostLines, disorderlyCells, disturbedRuns, kernelsLeft }
  say(rowsOf({ ...counts, ...troubles }))
  return Object.values(troubles).every((count) => count === 0) ? 0 : 1
}

async function resume(options: { seed: number; runs: number; lanes: number }): Promise<number> {
  const figures = await resumeSoak({ ...options, onRun: say })
  say(rowsOf({ ...figures }))
  return figures.troubles === 0 && figures.kernelsLeft === 0 ? 0 : 1
}

function tableOf(figures: SoakFigures, seconds: number): string {
  const { ends, ...others } = figures
  const counted = Object.entries(ends).toSorted(([, a], [, b]) => b - a)
  const rows = { ...others, seconds: Math.round(seconds), ...Object.fromEntries(counted) }
  return rowsOf(rows)
}

function rowsOf(counts: Readonly<Record<string, number>>): string {
  const rows = Object.entries(counts)
  return rows.map(([name, count]) => `${String(count).padStart(7)}  ${name}`).join('\n')
}

function isClean({ wrongEnds, lostResults, hangs, kernelsLeft, tokenLeaks }: SoakFigures) {
  return [wrongEnds, lostResults, hangs, kernelsLeft, tokenLeaks].every((count) => count === 0)
}

/** A wait for a child ends with an error then. */
function stop(): void {
  void endAllChildren() // never rejects
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
