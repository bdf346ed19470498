import { asCommand } from '../ours.ts'
import { withJupyterExecute, withNodePeer } from '../peers.ts'
import type { Row } from '../row.ts'
import { reference } from './reference.ts'

/** What somebody waits who types the command. */
export const referenceCommand: Row = {
  name: 'reference-command',
  work: 'the reference notebook, as a whole command',
  rounds: 9,
  notes: `Most of it is waiting for the server. Of a run of 0.43 s in a process that was warm, 0.02 s were
the three questions before the kernel, 0.02 s its making, 0.24 s the start of its process, 0.04 s the
cells, and 0.12 s the deletion: the server looks every 0.1 s whether the kernel has gone. The plain client
waits for the same, so it shows how near to \`jupyter execute\` any client of a server can come.`,
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
