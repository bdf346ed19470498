import { inFunction } from '../ours.ts'
import { withNbclient, withNodePeer } from '../peers.ts'
import type { BenchNotebook, Place } from '../place.ts'
import type { Row } from '../row.ts'

/** What a cell costs beside its own work. */
export const trivialCells: Row = {
  name: 'trivial-cells',
  work: '500 trivial cells',
  rounds: 3,
  warmUps: 2, // V8 compiles what runs often
  notes: `Without a pong each cell would take 45 ms longer: the server's operating system holds back the rest of a cell's
messages until the first one is acknowledged. nbclient has no server between itself and the kernel.`,
  bars: [
    { measure: 'seconds', of: 'nbtrigger', over: '@jupyterlab/services', atMost: 0.25 },
    { measure: 'seconds', of: 'nbtrigger', over: 'nbclient, no server', atMost: 1.3 },
  ],
  profiled: async (place, divisor) => [(await trivial(place, divisor)).path],
  contenders: async (place, divisor) => {
    const notebook = await trivial(place, divisor)
    return [
      { name: 'nbtrigger', run: () => inFunction(place, [notebook.path]) },
      { name: 'nbclient, no server', run: () => withNbclient(place, notebook) },
      {
        name: '@jupyterlab/services',
        run: async () => (await withNodePeer('services_command', place, { notebook })).inside,
      },
      {
        name: 'plain client with pongs',
        run: async () => {
          return (await withNodePeer('plain_command', place, { notebook, pongs: true })).inside
        },
      },
    ]
  },
}

function trivial(place: Place, divisor: number): Promise<BenchNotebook> {
  const cells = Array.from({ length: 500 / divisor }, (_, index) => `x = ${index}`)
  return place.notebook('trivial', cells)
}
