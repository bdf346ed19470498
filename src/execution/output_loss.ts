import type { RunEvent } from '../events.ts'
import type { LeftOut } from '../jupyter/messages.ts'
import { mostMessageLevels } from '../jupyter/nesting.ts'

const mayBeMissing = 'some output may be missing, even an error that it showed'

/** Output of the cell is missing, or may be: the run goes on and says so. */
export function outputLost(message: string): RunEvent {
  return { type: 'warning', message, outputLost: true }
}

export function rateLimited(cell: number): RunEvent {
  return outputLost(
    `The server dropped output of cell ${cell}, which came faster than its limit; an error that ` +
      'the cell showed may be among it; start the server with --ZMQChannelsWebsocketConnection.limit_rate=False ' +
      '(Jupyter Server 1: --ServerApp.limit_rate=False)',
  )
}

/** `count`: how many of this kind there were; the message is the last one. */
export function outputLeftOut(
  cell: number,
  { name, bytes, reason }: LeftOut,
  count: number,
): RunEvent {
  const what =
    reason === 'size'
      ? `An output of ${megabytes(bytes)} MB in one message`
      : `An output that nests more than ${mostMessageLevels} levels deep`
  const others = count === 1 ? 'was left out' : `and ${count - 1} others like it were left out`
  const advice = 'write large data to a file instead'
  return outputLost(`${what} (${name}) of cell ${cell} ${others}; ${advice}`)
}

/** `bytes`: the size of the last one of them. */
export function unreadable(
  cell: number,
  { bytes, count }: { readonly bytes: number; readonly count: number },
): RunEvent {
  const what = count === 1 ? `A message of ${bytes} bytes` : `${count} messages`
  const cannot = count === 1 ? 'cannot be read' : 'could not be read'
  return outputLost(`${what} that came during cell ${cell} ${cannot}; ${mayBeMissing}`)
}

/** `count`: how often it broke during the cell. */
export function connectionBroke(cell: number, count: number): RunEvent {
  const times = count === 1 ? '' : `, ${count} times`
  return outputLost(
    `The connection to the kernel broke during cell ${cell} and was restored${times}; ${mayBeMissing}`,
  )
}

export function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6)
}
