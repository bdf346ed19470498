import { FunctionProcess } from '../../support/function_process.ts'
import { inFunction, cpuSecondsOf, secondsSince } from '../ours.ts'
import { peakMegabytes } from '../../support/processes.ts'
import { withNbclient } from '../peers.ts'
import { functionEnv } from '../place.ts'
import type { Row, Sample } from '../row.ts'
import { reference } from './reference.ts'

const runs = 40

/** What many runs cost where they are run from; the kernels are on neither account. */
export const sideBySide: Row = {
  name: 'side-by-side',
  work: `${runs} runs at once`,
  rounds: 2,
  warmUps: 0,
  bars: [
    { measure: 'cpuSeconds', of: 'nbtrigger', over: 'nbclient processes', atMost: 0.5 },
    { measure: 'megabytes', of: 'nbtrigger', over: 'nbclient processes', atMost: 0.2 },
  ],
  contenders: async (place, divisor) => {
    const notebook = await reference(place)
    const all = Array.from({ length: runs / divisor })
    const inOneFunction = async (): Promise<Sample> => {
      await using running = await FunctionProcess.start({ env: functionEnv(place.server) })
      const startedTick = performance.now()
      await Promise.all(all.map(() => inFunction({ running }, [notebook.path, '--timeout', '400'])))
      const seconds = secondsSince(startedTick)
      // From its very start on, as is counted of the others.
      return {
        seconds,
        cpuSeconds: cpuSecondsOf(running.pid),
        megabytes: peakMegabytes(running.pid),
      }
    }
    const inProcesses = async (): Promise<Sample> => {
      const startedTick = performance.now()
      const samples = await Promise.all(all.map(() => withNbclient(place, notebook)))
      const seconds = secondsSince(startedTick)
      return {
        seconds,
        cpuSeconds: sum(samples, 'cpuSeconds'),
        megabytes: sum(samples, 'megabytes'),
      }
    }
    return [
      { name: 'nbtrigger', run: inOneFunction },
      { name: 'nbclient processes', run: inProcesses },
    ]
  },
}

function sum(samples: readonly Sample[], measure: 'cpuSeconds' | 'megabytes'): number {
  return samples.reduce((all, sample) => all + (sample[measure] ?? NaN), 0)
}
