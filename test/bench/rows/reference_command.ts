import { asCommand } from '../ours.ts'
import { withJupyterExecute, withNodePeer } from '../peers.ts'
import type { Row } from '../row.ts'
import { reference } from './reference.ts'

/** What somebody waits who types the command. */
export const referenceCommand: Row = {
  name: 'reference-command',
  work: 'the reference notebook, as a whole command',
  rounds: 9,
  bars: [
    { measure: 'seconds', of: 'nbtrigger', over: 'jupyter execute', atMost: 0.25 },
    { measure: 'seconds', of: 'nbtrigger', over: 'plain client', atMost: 1.1 },
    { measure: 'seconds', of: 'nbtrigger', over: 'plain client with pongs', atMost: 1.1 },
  ],
  contenders: async (place) => {
    const notebook = await reference(place)
    const plain = async (pongs: boolean) => {
      return (await withNodePeer('plain_command', place, { notebook, pongs })).whole
    }
    return [
      { name: 'nbtrigger', run: () => asCommand(place, [notebook.path]) },
      { name: 'plain client with pongs', run: () => plain(true) },
      { name: 'plain client', run: () => plain(false) },
      { name: 'jupyter execute', run: () => withJupyterExecute(place, notebook) },
    ]
  },
}
