import { inFunction, secondsSince, untilResultOf } from '../ours.ts'
import { plainClient } from '../peers/plain.ts'
import type { Row } from '../row.ts'
import { reference } from './reference.ts'

const untilResult = 'nbtrigger, until its result is logged'

/** What a scheduled job waits, from its message to its result. */
export const referenceFunction: Row = {
  name: 'reference-function',
  work: 'the reference notebook in a warm function',
  rounds: 15,
  notes: `The times of the plain clients, and of the first line, include the deletion of the kernel.`,
  bars: [
    { measure: 'seconds', of: 'nbtrigger', over: 'plain client', atMost: 1.05 },
    { measure: 'seconds', of: untilResult, over: 'plain client', atMost: 1.05 },
    { measure: 'seconds', of: untilResult, over: 'plain client with pongs', atMost: 1.05 },
  ],
  contenders: async (place) => {
    const notebook = await reference(place)
    const { host, token } = place.server
    const plain = async (pongs: boolean) => {
      const startedTick = performance.now()
      await plainClient({ host, token, cells: notebook.cells, pongs })
      return { seconds: secondsSince(startedTick) }
    }
    return [
      { name: 'nbtrigger', run: () => inFunction(place, [notebook.path]) },
      { name: untilResult, run: () => untilResultOf(place, [notebook.path]) },
      { name: 'plain client with pongs', run: () => plain(true) },
      { name: 'plain client', run: () => plain(false) },
    ]
  },
}
