import type { RunEvent } from '../events.ts'
import { noop } from '../util/abort.ts'
import { jsonText } from '../util/json.ts'
import { jsonPieces } from '../util/json_pieces.ts'
import { cutText, safeJson } from '../util/text.ts'
import type { Budget } from './budget.ts'
import {
  approximateBytes,
  type Outgoing,
  PacedBody,
  readerLimits,
  type ReaderLimits,
} from './paced_body.ts'
import type { Reply } from './reply.ts'
import { eventsType } from './representations.ts'

export interface EventStreamOptions {
  /** The budget for data that waits for the reader. */
  readonly budget: Budget
  /** Interval of the comments that keep the connection alive. */
  readonly everyMs?: number
  /** Maximum bytes that wait for a slow reader, without the last events. */
  readonly maxBytes?: number
  /** Limits for reading what still waits when the run has ended. */
  readonly limits?: ReaderLimits
}

const headers = { 'Content-Type': `${eventsType}; charset=utf-8`, 'X-Accel-Buffering': 'no' }
/** Larger events are written in pieces. */
const largeBytes = 65_536

/**
 * A run's events as server-sent events. The run does not wait for the reader: outputs that a slow
 * reader does not take in time are left out, and an event gives their number.
 */
export class EventStream implements Disposable {
  /** Resolves with the answer at the first event; stays pending when the run is refused before. */
  readonly opened: Promise<Reply>
  readonly #body: PacedBody
  readonly #options: Required<EventStreamOptions>
  #timer: NodeJS.Timeout | undefined
  #isOpen = false
  #onOpen = noop
  #leftOut = 0

  /** `outgoing` is the response that sends the answer. */
  constructor(outgoing: Outgoing, options: EventStreamOptions) {
    this.#options = { everyMs: 15_000, maxBytes: 8 * 2 ** 20, limits: readerLimits, ...options }
    const body = new PacedBody(outgoing)
    this.#body = body
    this.opened = new Promise((resolve) => {
      this.#onOpen = () => resolve({ status: 200, headers, body })
    })
  }

  /** Whether the answer has begun; before that, another one can be sent. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Sends an event of the run; the end of a run that was refused does not open the stream. */
  observe(event: RunEvent): void {
    if (event.type === 'run_finished') {
      if (this.#isOpen) this.send(event.type, { type: event.type, report: event.report })
      return
    }
    if (event.type === 'result') return // may be large, and is part of the report
    this.#open()
    const bytes = approximateBytes(event)
    if (this.#hasRoom(bytes)) this.send(event.type, event, bytes)
    else if (event.type === 'cell_output') this.#leftOut += 1
    else this.send(event.type, withShortSource(event))
  }

  /** Sends an event; `bytes` is the approximate size of `data`. */
  send(type: string, data: object, bytes = approximateBytes(data)): void {
    const leftOut = this.#leftOut
    this.#leftOut = 0
    if (leftOut > 0) {
      this.send('outputs_left_out', { type: 'outputs_left_out', count: leftOut })
    }
    const pieces = bytes > largeBytes ? largeEvent(type, data) : [smallEvent(type, data)]
    this.#body.add(pieces, bytes, this.#options.budget.hold(bytes))
  }

  /** Waits, within the limits, until the reader has received everything. */
  async end(gone: AbortSignal): Promise<void> {
    clearInterval(this.#timer)
    await this.#body.end(this.#options.limits, gone)
  }

  /** Drops what was not sent yet. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    this.#body[Symbol.dispose]()
  }

  #open(): void {
    if (this.#isOpen) return
    this.#isOpen = true
    this.#body.add(['id: begun\n\n'], 0) // browsers send it when they reconnect
    this.#timer = setInterval(() => this.#beat(), this.#options.everyMs)
    this.#onOpen()
  }

  #beat(): void {
    if (this.#body.waitingBytes === 0) this.#body.add([': the run goes on\n\n'], 0)
  }

  /** Compares what waits, not `bytes`, with `maxBytes`: one large event may exceed it. */
  #hasRoom(bytes: number): boolean {
    const { maxBytes, budget } = this.#options
    return this.#body.waitingBytes <= maxBytes && budget.hasRoom(bytes)
  }
}

/** A reader that is too slow for the outputs does not need the whole source of each cell either. */
function withShortSource(event: RunEvent): RunEvent {
  if (event.type !== 'cell_started' && event.type !== 'cell_finished') return event
  const { cell } = event
  return { ...event, cell: { ...cell, source: cutText(cell.source, maxShortSource) } }
}

const maxShortSource = 200

function smallEvent(type: string, data: object): string {
  return `event: ${type}\ndata: ${safeJson(jsonText(data))}\n\n`
}

function* largeEvent(type: string, data: object): Generator<string, void, void> {
  yield `event: ${type}\ndata: `
  yield* jsonPieces(data)
  yield '\n\n'
}
