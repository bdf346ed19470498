import type { ServerResponse } from 'node:http'
import { finished } from 'node:stream/promises'
import { RunError } from '../errors.ts'
import type { RunEvent } from '../events.ts'
import { jsonText } from '../exact_json.ts'
import { deadline, noop, until } from '../lifetime.ts'
import { safeHeaders } from './reply.ts'
import { eventsType } from './wanted.ts'

export interface EventStreamOptions {
  /** How often a comment shows that the connection lives. */
  readonly everyMs?: number
  /** How much may wait for a slow reader, beside the last events. */
  readonly mostBytes?: number
}

const headers = {
  ...safeHeaders,
  'Content-Type': `${eventsType}; charset=utf-8`,
  'X-Accel-Buffering': 'no',
}
const patienceMs = 60_000

/**
 * A run's events as server-sent events. The run waits for no reader: of what a slow one does not
 * take in time, outputs are left out, and an event says how many.
 */
export class EventStream implements Disposable {
  readonly #response: ServerResponse
  readonly #mostBytes: number
  readonly #everyMs: number
  #timer: NodeJS.Timeout | undefined
  #leftOut = 0

  constructor(
    response: ServerResponse,
    { everyMs = 15_000, mostBytes = 8 * 2 ** 20 }: EventStreamOptions = {},
  ) {
    this.#response = response
    this.#everyMs = everyMs
    this.#mostBytes = mostBytes
  }

  /** False as long as the answer can still be another one. */
  get isOpen(): boolean {
    return this.#response.headersSent
  }

  /** Tells an event; a run that is refused before it starts does not open the stream. */
  observe(event: RunEvent): void {
    if (event.type === 'run_finished') {
      if (this.isOpen) this.send(event.type, { type: event.type, report: event.report })
      return
    }
    if (event.type === 'result') return // it may be large, and goes with the report
    this.#open()
    if (event.type === 'cell_output' && this.#isBehind()) this.#leftOut += 1
    else this.send(event.type, event)
  }

  send(type: string, data: object): void {
    const leftOut = this.#leftOut
    this.#leftOut = 0
    if (leftOut > 0) this.#write('outputs_left_out', { type: 'outputs_left_out', count: leftOut })
    this.#write(type, data)
  }

  /** Waits until the reader has everything, within reason. */
  async end(): Promise<void> {
    this[Symbol.dispose]()
    this.#response.end()
    using limit = deadline(
      patienceMs,
      () => new RunError('CANCELLED', 'Cannot wait for the reader'),
    )
    await until(finished(this.#response), limit.signal).catch(noop)
    this.#response.destroy()
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  #open(): void {
    if (this.isOpen) return
    this.#response.writeHead(200, headers)
    this.#response.write('id: begun\n\n') // a browser that comes back says it: see `isComingBack()`
    this.#timer = setInterval(() => this.#beat(), this.#everyMs)
  }

  #beat(): void {
    if (!this.#isBehind()) this.#response.write(': the run goes on\n\n')
  }

  #isBehind(): boolean {
    return this.#response.writableLength > this.#mostBytes
  }

  #write(type: string, data: object): void {
    this.#response.write(`event: ${type}\ndata: ${jsonText(data)}\n\n`)
  }
}
