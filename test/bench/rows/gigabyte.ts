import { asCommand } from '../ours.ts'
import { withNodePeer } from '../peers.ts'
import type { BenchNotebook, Place } from '../place.ts'
import type { Row } from '../row.ts'

/** More than is kept: the rest must cost neither memory nor time. */
export const gigabyte: Row = {
  name: 'gigabyte',
  work: '1 GB printed',
  rounds: 3,
  warmUps: 0,
  notes: `Of the output, 32 MB are kept and printed, in chunks. The rest of the memory is Node's own 45 MB and
messages of 1 MB, as bytes, as text and as JSON, that wait for garbage collection.`,
  profiled: async (place, divisor) => [(await printed(place, divisor)).path],
  bars: [
    { measure: 'megabytes', of: 'nbtrigger', over: null, atMost: 300 },
    { measure: 'seconds', of: 'nbtrigger', over: 'plain client', atMost: 1.2 },
    { measure: 'seconds', of: 'nbtrigger', over: 'plain client with pongs', atMost: 1.2 },
  ],
  contenders: async (place, divisor) => {
    const notebook = await printed(place, divisor)
    const plain = async (pongs: boolean) => {
      return (await withNodePeer('plain_command', place, { notebook, pongs })).whole
    }
    return [
      { name: 'nbtrigger', run: () => asCommand(place, [notebook.path]) },
      { name: 'plain client with pongs', run: () => plain(true) },
      { name: 'plain client', run: () => plain(false) },
    ]
  },
}

function printed(place: Place, divisor: number): Promise<BenchNotebook> {
  const cell = `for n in range(${1000 / divisor}): print("x" * 1_000_000, flush=True)`
  return place.notebook('gigabyte', [cell])
}
