import { constants, Http2ServerResponse } from 'node:http2'
import { RunError } from '../errors.ts'
import { abortable, deadline, noop } from '../util/abort.ts'
import { splitsPair } from '../util/text.ts'

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

/** The response that carries a body: Node's own, over HTTP/1.1 or HTTP/2. */
export interface Outgoing {
  /** Bytes that are written and not sent yet. */
  readonly writableLength: number
  readonly destroyed: boolean
  destroy(): unknown
  once(event: 'close', listener: () => void): unknown
}

/**
 * Ends a response that is not whole, so that the client sees it: over HTTP/2 a stream that is only
 * destroyed is reset with NO_ERROR, which clients may take for its end (RFC 9113, 8.1).
 */
export function breakOff(outgoing: Pick<Outgoing, 'destroy'>): void {
  if (outgoing instanceof Http2ServerResponse) {
    outgoing.stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  } else outgoing.destroy()
}

interface Entry {
  readonly pieces: Iterator<string | Uint8Array>
  readonly bytes: number
  readonly held: Disposable | null
}

/**
 * The body of an answer, made no faster than its reader takes it: what waits is kept as it is, and
 * not once more as bytes of the connection.
 */
export class PacedBody implements Disposable {
  readonly stream: ReadableStream<Uint8Array>
  readonly #outgoing: Outgoing
  readonly #closed: Promise<void>
  readonly #queue: Entry[] = []
  #queuedBytes = 0
  #isEnded = false
  #wake = noop
  #onProgress = noop

  /** `outgoing` is the response that sends `stream`; it is destroyed when the body breaks off. */
  constructor(outgoing: Outgoing) {
    this.#outgoing = outgoing
    this.#closed = new Promise((resolve) => void outgoing.once('close', resolve))
    const source = {
      pull: (controller: ReadableStreamDefaultController<Uint8Array>) => this.#pull(controller),
      cancel: () => this[Symbol.dispose](),
    }
    this.stream = new ReadableStream(source, { highWaterMark: 0 })
  }

  /** What the reader has not taken yet. */
  get waitingBytes(): number {
    const { destroyed, writableLength } = this.#outgoing
    return this.#queuedBytes + (destroyed ? 0 : writableLength)
  }

  /**
   * Sends `pieces` behind those that were added before; `bytes` is about how much memory they keep,
   * and `held` is disposed when they are written.
   */
  add(pieces: Pieces, bytes: number, held: Disposable | null = null): void {
    if (this.#isEnded) {
      held?.[Symbol.dispose]()
      return
    }
    this.#queue.push({ pieces: pieces[Symbol.iterator](), bytes, held })
    this.#queuedBytes += bytes
    this.#wake()
  }

  /**
   * Ends the body when all that was added is written, and waits until it is sent. A reader that
   * exceeds the limits is cut off, so that nobody holds what others need. Never throws.
   */
  async end({ idleMs, totalMs }: ReaderLimits, gone: AbortSignal): Promise<void> {
    this.#isEnded = true
    this.#wake()
    using total = deadline(totalMs, cutOff, gone)
    using idle = deadline(idleMs, cutOff, total.signal)
    this.#onProgress = () => idle.restart()
    try {
      await abortable(this.#closed, idle.signal)
    } catch {
      breakOff(this.#outgoing)
    }
    this[Symbol.dispose]()
  }

  /** Frees what still waits; nothing more is sent. */
  [Symbol.dispose](): void {
    this.#isEnded = true
    for (const entry of this.#queue.splice(0)) this.#free(entry)
    this.#wake()
  }

  /** Called when the reader has taken the piece before. */
  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    this.#onProgress()
    try {
      const piece = await this.#nextPiece()
      if (piece === null) controller.close()
      else controller.enqueue(typeof piece === 'string' ? Buffer.from(piece) : piece)
    } catch {
      breakOff(this.#outgoing) // the pieces failed, or nobody reads any more
    }
  }

  /** Waits for the next piece; null at the end. */
  async #nextPiece(): Promise<string | Uint8Array | null> {
    for (;;) {
      const [entry] = this.#queue
      if (entry === undefined) {
        if (this.#isEnded) return null
        await new Promise<void>((resolve) => (this.#wake = resolve))
        continue
      }
      const { done, value } = entry.pieces.next()
      if (!done) return value
      this.#queue.shift()
      this.#free(entry)
    }
  }

  #free({ bytes, held }: Entry): void {
    this.#queuedBytes -= bytes
    held?.[Symbol.dispose]()
  }
}

function cutOff(): RunError {
  return new RunError('CANCELLED', 'Cannot wait for a reader that takes nothing')
}

const pieceLength = 65_536

/** Splits a text or bytes into pieces, so that the whole is not copied. */
export function* piecesOf(body: string | Uint8Array): Generator<string | Uint8Array, void, void> {
  if (typeof body !== 'string') {
    for (let start = 0; start < body.length; start += pieceLength) {
      yield body.subarray(start, start + pieceLength)
    }
    return
  }
  for (let start = 0; start < body.length;) {
    const end = start + pieceLength
    const next = splitsPair(body, end) ? end + 1 : end
    yield body.slice(start, next)
    start = next
  }
}

/** Approximate bytes of a value in memory and as JSON: its strings, and a little for the rest. */
export function approximateBytes(root: unknown): number {
  let bytes = 0
  const todo = [root]
  while (todo.length > 0) {
    const value = todo.pop()
    bytes += typeof value === 'string' ? value.length + 8 : 8
    if (typeof value !== 'object' || value === null) continue
    for (const [name, child] of Object.entries(value)) {
      bytes += name.length
      todo.push(child)
    }
  }
  return bytes
}
