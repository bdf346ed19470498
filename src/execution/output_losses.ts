import type { RunEvent } from '../events.ts'
import type { OversizedMessage } from '../jupyter/messages.ts'
import { maxMessageLevels } from '../jupyter/read_field.ts'
import { type CellIndex, cellName } from '../util/cell_name.ts'

interface Loss {
  readonly count: number
  readonly warning: (count: number) => RunEvent
}

/** Counts losses of output, by cell and kind, for one warning each. */
export class OutputLosses {
  readonly #losses = new Map<string, Loss>()
  readonly #rateLimited = new Set<CellIndex>()
  readonly #cells = new Set<CellIndex>()

  /** Whether output of the cell with this index was lost, or may have been. */
  has(cell: CellIndex): boolean {
    return this.#cells.has(cell)
  }

  /** Call when a message that arrived during the cell with this index could not be read. */
  addUnreadable(cell: CellIndex, bytes: number): void {
    this.#add(cell, 'unreadable', (count) => unreadable(cell, { bytes, count }))
  }

  /**
   * Call when the connection broke during the cell with this index and was restored. `isBehindGateway`:
   * the server is in gateway mode, and keeps no messages for a client that is away.
   */
  addBreak(cell: CellIndex, isBehindGateway: boolean): void {
    this.#add(cell, 'break', (count) => connectionBroke(cell, { count, isBehindGateway }))
  }

  /** Call when another process took the run over during the cell with this index. */
  addTakeover(cell: CellIndex): void {
    this.#add(cell, 'takeover', () => takenOver(cell))
  }

  /** Call when an output of the cell with this index is too large or nested too deep. */
  addLeftOut(cell: CellIndex, message: OversizedMessage): void {
    this.#add(cell, message.reason, (count) => outputLeftOut(cell, message, count))
  }

  /** Call for a rate limit notice of the server; returns a warning for the first one of each cell. */
  addRateLimited(cell: CellIndex): readonly RunEvent[] {
    this.#cells.add(cell)
    if (this.#rateLimited.has(cell)) return []
    this.#rateLimited.add(cell)
    return [rateLimited(cell)]
  }

  /** The warnings about losses since the last call. */
  takeWarnings(): readonly RunEvent[] {
    const warnings = Array.from(this.#losses.values(), ({ count, warning }) => warning(count))
    this.#losses.clear()
    return warnings
  }

  #add(cell: CellIndex, kind: string, warning: Loss['warning']): void {
    this.#cells.add(cell)
    const key = `${kind} ${cell}`
    const { count } = this.#losses.get(key) ?? { count: 0 }
    this.#losses.set(key, { count: count + 1, warning })
  }
}

const mayBeMissing = 'some output may be missing, even an error that it showed'

/** A warning that output is, or may be, missing; it sets `outputLost`, and the run goes on. */
export function outputLost(message: string): RunEvent {
  return { type: 'warning', message, outputLost: true }
}

function rateLimited(cell: CellIndex): RunEvent {
  return outputLost(
    `The server dropped output of ${cellName(cell)}, which came faster than its limit; an error that ` +
      'the cell showed may be among it; start the server with --ZMQChannelsWebsocketConnection.limit_rate=False ' +
      '(Jupyter Server 1: --ServerApp.limit_rate=False)',
  )
}

/** `count`: how many outputs of this kind were left out; the message is about the last one. */
function outputLeftOut(
  cell: CellIndex,
  { name, bytes, reason }: OversizedMessage,
  count: number,
): RunEvent {
  const what =
    reason === 'size'
      ? `An output of ${megabytes(bytes)} MB in one message`
      : `An output that nests more than ${maxMessageLevels} levels deep`
  const others = count === 1 ? 'was left out' : `and ${count - 1} others like it were left out`
  const advice = 'write large data to a file instead'
  return outputLost(`${what} (${name}) of ${cellName(cell)} ${others}; ${advice}`)
}

/** `bytes`: the size of the last of `count` messages. */
function unreadable(
  cell: CellIndex,
  { bytes, count }: { readonly bytes: number; readonly count: number },
): RunEvent {
  const what = count === 1 ? `A message of ${bytes} bytes` : `${count} messages`
  const cannot = count === 1 ? 'cannot be read' : 'could not be read'
  return outputLost(`${what} that came during ${cellName(cell)} ${cannot}; ${mayBeMissing}`)
}

/** `count`: how often the connection broke during the cell. */
function connectionBroke(
  cell: CellIndex,
  { count, isBehindGateway }: { readonly count: number; readonly isBehindGateway: boolean },
): RunEvent {
  const times = count === 1 ? '' : `, ${count} times`
  const reason = isBehindGateway
    ? ', since a Jupyter Server in gateway mode drops what the kernel sends at that moment'
    : ''
  return outputLost(
    `The connection to the kernel broke during ${cellName(cell)} and was restored${times}; ` +
      mayBeMissing +
      reason,
  )
}

function takenOver(cell: CellIndex): RunEvent {
  return outputLost(
    `The process of the run ended during ${cellName(cell)}, and another one went on; ${mayBeMissing}`,
  )
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6)
}
