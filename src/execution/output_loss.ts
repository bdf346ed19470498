import type { RunEvent } from '../events.ts'

/** Output of the cell is missing, or may be: the run goes on and says so. */
export function outputLost(message: string): RunEvent {
  return { type: 'warning', message, outputLost: true }
}

export function rateLimited(cell: number): RunEvent {
  return outputLost(
    `The server dropped output of cell ${cell}, which came faster than its limit; ` +
      'start the server with --ZMQChannelsWebsocketConnection.limit_rate=False ' +
      '(Jupyter Server 1: --ServerApp.limit_rate=False)',
  )
}

export function outputLeftOut(
  cell: number,
  { name, bytes }: { readonly name: string; readonly bytes: number },
): RunEvent {
  return outputLost(
    `An output of ${megabytes(bytes)} MB in one message (${name}) of cell ${cell} was left ` +
      'out; write large data to a file instead',
  )
}

export function connectionBroke(cell: number): RunEvent {
  return outputLost(
    `The connection to the kernel broke during cell ${cell} and was restored; ` +
      'some output may be missing',
  )
}

export function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6)
}
