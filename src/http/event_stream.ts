import type { RunEvent } from '../events.ts'
import { noop } from '../util/abort.ts'
import { jsonText } from '../util/json.ts'
import { jsonPieces } from '../util/json_pieces.ts'
import { safeJson } from '../util/safe_text.ts'
import type { Budget } from './budget.ts'
import { eventsType } from './negotiation.ts'
import { type Outgoing, PacedBody, readerLimits, type ReaderLimits } from './paced_body.ts'
import { approximateBytes } from './pieces.ts'
import type { Reply } from './reply.ts'

export interface EventStreamOptions {
  /** In which counts what waits for the reader. */
  readonly budget: Budget
  /** How often a comment shows that the connection lives. */
  readonly everyMs?: number
  /** How much may wait for a slow reader, beside the last events. */
  readonly maxBytes?: number
  /** For the reader of what waits when the run is over. */
  readonly limits?: ReaderLimits
}

const headers = { 'Content-Type': `${eventsType}; charset=utf-8`, 'X-Accel-Buffering': 'no' }
/** What is larger is written in pieces. */
const largeBytes = 65_536

/**
 * A run's events as server-sent events. The run waits for no reader: of what a slow one does not
 * take in time, outputs are left out, and an event says how many.
 */
export class EventStream implements Disposable {
  /** Resolves with the answer at the first event; a run that is refused before has none. */
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

  /** False as long as the answer can still be another one. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Tells an event; a run that is refused before it starts does not open the stream. */
  observe(event: RunEvent): void {
    if (event.type === 'run_finished') {
      if (this.#isOpen) this.send(event.type, { type: event.type, report: event.report })
      return
    }
    if (event.type === 'result') return // it may be large, and goes with the report
    this.#open()
    const bytes = approximateBytes(event)
    if (event.type === 'cell_output' && !this.#hasRoom(bytes)) this.#leftOut += 1
    else this.send(event.type, event, bytes)
  }

  /** `bytes` is about how much the data take. */
  send(type: string, data: object, bytes = approximateBytes(data)): void {
    const leftOut = this.#leftOut
    this.#leftOut = 0
    if (leftOut > 0) {
      this.send('outputs_left_out', { type: 'outputs_left_out', count: leftOut })
    }
    const pieces = bytes > largeBytes ? largeEvent(type, data) : [smallEvent(type, data)]
    this.#body.add(pieces, bytes, this.#options.budget.hold(bytes))
  }

  /** Waits until the reader has everything, within its limits. */
  async end(gone: AbortSignal): Promise<void> {
    clearInterval(this.#timer)
    await this.#body.end(this.#options.limits, gone)
  }

  /** Sends nothing more. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    this.#body[Symbol.dispose]()
  }

  #open(): void {
    if (this.#isOpen) return
    this.#isOpen = true
    this.#body.add(['id: begun\n\n'], 0) // a browser that comes back says it
    this.#timer = setInterval(() => this.#beat(), this.#options.everyMs)
    this.#onOpen()
  }

  #beat(): void {
    if (this.#body.waitingBytes === 0) this.#body.add([': the run goes on\n\n'], 0)
  }

  /** What is large itself may follow where nothing waits. */
  #hasRoom(bytes: number): boolean {
    const { maxBytes, budget } = this.#options
    return this.#body.waitingBytes <= maxBytes && budget.hasRoom(bytes)
  }
}

function smallEvent(type: string, data: object): string {
  return `event: ${type}\ndata: ${safeJson(jsonText(data))}\n\n`
}

function* largeEvent(type: string, data: object): Generator<string, void, void> {
  yield `event: ${type}\ndata: `
  yield* jsonPieces(data)
  yield '\n\n'
}
