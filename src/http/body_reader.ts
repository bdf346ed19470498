import type { IncomingMessage } from 'node:http'
import { RunError } from '../errors.ts'
import { deadline, until } from '../lifetime.ts'
import type { Budget } from './budget.ts'
import { Holdings } from './holdings.ts'

export interface BodyLimits {
  readonly maxBytes: number
  /** How long the whole body may take, in milliseconds. */
  readonly maxMs: number
}

export const bodyLimits: BodyLimits = { maxBytes: 2 ** 20, maxMs: 10_000 }

export interface BodySource {
  readonly request: IncomingMessage
  /** As `Content-Length` says; 0 when it does not. */
  readonly length: number
  /** In which the bytes of all bodies count that are being read. */
  readonly budget: Budget
}

/**
 * Reads a body as a whole. Throws BODY_TOO_LARGE, BODY_TOO_SLOW, BUSY when too many are read at
 * once, and CANCELLED when the client closes the connection.
 */
export async function readBytes(
  source: BodySource,
  { maxBytes, maxMs }: BodyLimits,
): Promise<Buffer> {
  if (source.length > maxBytes) throw tooLarge(maxBytes)
  using limit = deadline(maxMs, () => tooSlow(maxMs))
  using held = new Holdings()
  const chunks: Buffer[] = []
  let size = 0
  // Left early, the stream must live on: the connection still has to carry the answer.
  const iterator = source.request.iterator({ destroyOnReturn: false })
  for (;;) {
    const chunk = await nextChunk(iterator, limit.signal)
    if (chunk === null) return Buffer.concat(chunks)
    size += chunk.length
    if (size > maxBytes) throw tooLarge(maxBytes)
    if (!source.budget.hasRoom(chunk.length)) throw tooMany()
    held.keep(source.budget.hold(chunk.length))
    chunks.push(chunk)
  }
}

/** null at the end. */
async function nextChunk(
  iterator: NodeJS.AsyncIterator<Buffer>,
  signal: AbortSignal,
): Promise<Buffer | null> {
  try {
    const next = await until(iterator.next(), signal)
    return next.done ? null : next.value
  } catch (cause) {
    signal.throwIfAborted()
    const message = 'Cannot read the body: the client closed the connection before its end'
    throw new RunError('CANCELLED', message, { cause })
  }
}

function tooLarge(maxBytes: number): RunError {
  return new RunError('BODY_TOO_LARGE', `Cannot read the body: it is larger than ${maxBytes} bytes`)
}

function tooSlow(maxMs: number): RunError {
  return new RunError(
    'BODY_TOO_SLOW',
    `Cannot read the body: it was not here within ${maxMs / 1000} s; send it at once`,
  )
}

function tooMany(): RunError {
  return new RunError('BUSY', 'Cannot read the body: too many are being read; try again later')
}
