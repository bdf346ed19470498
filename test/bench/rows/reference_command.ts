import { asCommand } from '../ours.ts'
import { withJupyterExecute, withNodePeer } from '../peers.ts'
import type { Row } from '../row.ts'
import { reference } from './reference.ts'

/** What somebody waits who types the command. */
export const referenceCommand: Row = {
  name: 'reference-command',
  work: 'the reference notebook, as a whole command',
  rounds: 9,
  notes: `Of a run of 0.40 s in a warm process, 0.02 s were spent on the requests before the kernel, 0.02 s on the request for the
kernel, 0.22 s on the start of its process, 0.03 s on the cells, and 0.12 s on the deletion: the server checks every
0.1 s whether the kernel has ended. The plain client waits for the same things, so it shows how close to
\`jupyter execute\` any client of a server can come. In a third of all starts the server does not notice that a new
kernel is ready until it asks a second time, after 0.5 s. A second connection would make it ask at once; this was
tried and removed, because parallel starts stalled more often with it than without.`,
  profiled: async (place) => [(await reference(place)).path],
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
