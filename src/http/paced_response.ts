import type { ServerResponse } from 'node:http'
import { finished } from 'node:stream/promises'
import { RunError } from '../errors.ts'
import { deadline, noop, abortable } from '../util/abort.ts'

/** What is written in one go, as its reader takes it. */
export type Pieces = Iterable<string | Uint8Array>

export interface ReaderLimits {
  /** For how long a reader may take nothing, in milliseconds. */
  readonly idleMs: number
  /** How long it may take to read all, in milliseconds. */
  readonly totalMs: number
}

/**
 * The system takes more only when some megabyte has left its own buffers: a line that is slow, 200
 * kbit/s, still shows in time that it lives.
 */
export const readerLimits: ReaderLimits = { idleMs: 60_000, totalMs: 600_000 }

/**
 * The body of an answer, written no faster than its reader takes it: what waits is kept as it is, and
 * not once more as bytes of the connection.
 */
export class PacedResponse {
  readonly #response: ServerResponse
  #queuedBytes = 0
  /** Ends when everything that was added is written, or the connection is closed. */
  #written: Promise<void> = Promise.resolve()
  #onProgress: () => void = noop

  /** The head of `response` is written by whoever has it. */
  constructor(response: ServerResponse) {
    this.#response = response
  }

  /** What the reader has not taken yet. */
  get waitingBytes(): number {
    return this.#queuedBytes + this.#response.writableLength
  }

  /**
   * Writes `pieces` behind those that were added before; `bytes` is about how much memory they keep,
   * and `held` is disposed when they are written.
   */
  add(pieces: Pieces, bytes: number, held: Disposable | null = null): void {
    this.#queuedBytes += bytes
    const write = async () => {
      using _ = held
      await this.#write(pieces)
      this.#queuedBytes -= bytes
    }
    this.#written = this.#written.then(write)
    this.#written.catch(noop) // it counts at the end
  }

  /**
   * Ends the answer when all is written. A reader that exceeds the limits is cut off, so that
   * nobody holds what others need. Never throws.
   */
  async end({ idleMs, totalMs }: ReaderLimits, gone: AbortSignal): Promise<void> {
    using total = deadline(totalMs, cutOff, gone)
    using idle = deadline(idleMs, cutOff, total.signal)
    this.#onProgress = () => idle.restart()
    try {
      await abortable(this.#written, idle.signal)
      this.#response.end()
      await abortable(finished(this.#response), idle.signal)
    } catch {
      this.#response.destroy()
    }
  }

  async #write(pieces: Pieces): Promise<void> {
    for (const piece of pieces) {
      if (!this.#response.writable) return
      if (!this.#response.write(piece)) await this.#drained()
      this.#onProgress()
    }
  }

  /** Until more may be written, or nothing ever again. */
  async #drained(): Promise<void> {
    await new Promise<void>((resolve) => {
      const response = this.#response
      const done = () => {
        response.off('drain', done)
        response.off('close', done)
        resolve()
      }
      response.on('drain', done)
      response.on('close', done)
      if (response.closed || response.destroyed) done()
    })
  }
}

function cutOff(): RunError {
  return new RunError('CANCELLED', 'Cannot wait for a reader that takes nothing')
}
