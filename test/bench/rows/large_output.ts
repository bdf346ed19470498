import { inFunction } from '../ours.ts'
import { withNbclient, withNodePeer } from '../peers.ts'
import type { Contender, Row } from '../row.ts'
import type { BenchNotebook, Place } from '../place.ts'

const bars = [
  { measure: 'seconds', of: 'nbtrigger', over: 'nbclient, no server', atMost: 1.05 },
] as const

/** Many messages of text, all of which are kept. */
export const printedLines: Row = {
  name: 'printed-lines',
  work: '200,000 printed lines',
  rounds: 5,
  bars,
  profiled: async (place, divisor) => [(await lines(place, divisor)).path],
  contenders: async (place, divisor) => contendersOf(place, await lines(place, divisor)),
}

function lines(place: Place, divisor: number): Promise<BenchNotebook> {
  return place.notebook('lines', [`for n in range(${200_000 / divisor}): print(n)`])
}

/** One message that is large, and is kept. */
export const largeDisplay: Row = {
  name: 'large-display',
  work: 'a display of 50 MB',
  rounds: 7,
  bars,
  contenders: async (place, divisor) => {
    const cell = `display({"text/plain": "x" * ${50_000_000 / divisor}}, raw=True)`
    return contendersOf(place, await place.notebook('display', [cell]))
  },
}

function contendersOf(place: Place, notebook: BenchNotebook): readonly Contender[] {
  return [
    {
      name: 'nbtrigger',
      run: () => inFunction(place, [notebook.path, '--max-output', '64']),
    },
    { name: 'nbclient, no server', run: () => withNbclient(place, notebook) },
    {
      name: 'plain client with pongs',
      run: async () => {
        return (await withNodePeer('plain_command', place, { notebook, pongs: true })).inside
      },
    },
  ]
}
