import { asCommand } from '../ours.ts'
import { withNodePeer } from '../peers.ts'
import type { Row } from '../row.ts'

/** More than is kept: the rest must cost neither memory nor time. */
export const gigabyte: Row = {
  name: 'gigabyte',
  work: '1 GB printed',
  rounds: 2,
  warmUps: 0,
  bars: [
    { measure: 'megabytes', of: 'nbtrigger', over: null, atMost: 300 },
    { measure: 'seconds', of: 'nbtrigger', over: 'plain client', atMost: 1.2 },
    { measure: 'seconds', of: 'nbtrigger', over: 'plain client with pongs', atMost: 1.2 },
  ],
  contenders: async (place, divisor) => {
    const cell = `for n in range(${1000 / divisor}): print("x" * 1_000_000, flush=True)`
    const notebook = await place.notebook('gigabyte', [cell])
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
