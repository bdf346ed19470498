import type { RunEvent } from '../events.ts'
import type { LeftOut } from '../jupyter/messages.ts'
import { mostMessageLevels } from '../jupyter/nesting.ts'

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

export function outputLeftOut(cell: number, { name, bytes, reason }: LeftOut): RunEvent {
  const what =
    reason === 'size'
      ? `An output of ${megabytes(bytes)} MB in one message`
      : `An output that nests more than ${mostMessageLevels} levels deep`
  const advice = 'write large data to a file instead'
  return outputLost(`${what} (${name}) of cell ${cell} was left out; ${advice}`)
}

export function unreadable(cell: number, bytes: number): RunEvent {
  return outputLost(
    `A message of ${bytes} bytes that came during cell ${cell} cannot be read; ` +
      'some output may be missing',
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
