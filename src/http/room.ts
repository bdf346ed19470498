import { RunError } from '../errors.ts'
import { deadline } from '../util/abort.ts'
import { jsonPieces } from '../util/json_pieces.ts'
import type { Budget } from './budget.ts'
import { approximateBytes } from './pieces.ts'
import { jsonReply, type Reply, smallBytes } from './reply.ts'

/** How long what was read from the server waits for room: meanwhile it keeps others from reading. */
const maxReadWaitMs = 10_000

/**
 * Holds `bytes` of the answers' budget as soon as they are free. Throws BUSY when they are not within
 * `maxMs` milliseconds, and the signal's reason.
 */
export async function waitForRoom(
  bytes: number,
  { budget, maxMs }: { readonly budget: Budget; readonly maxMs: number },
  signal: AbortSignal,
): Promise<Disposable> {
  using limit = deadline(maxMs, noRoom, signal)
  return await budget.wait(bytes, limit.signal)
}

/**
 * What was read from the server, as JSON; a large one has to wait for room. Throws BUSY. Bytes keep
 * nothing of the notebook, of whose texts the value's own may be parts.
 */
export async function readReply(
  value: object,
  budget: Budget,
  signal: AbortSignal,
): Promise<Reply> {
  const bytes = approximateBytes(value)
  if (bytes <= smallBytes) return jsonReply(value)
  const room = await waitForRoom(bytes, { budget, maxMs: maxReadWaitMs }, signal)
  return { ...jsonReply(value), body: jsonBytes(value), reserved: room }
}

function jsonBytes(value: object): Buffer {
  return Buffer.concat(Array.from(jsonPieces(value), (piece) => Buffer.from(piece)))
}

function noRoom(): RunError {
  const reason = 'too many answers wait for readers that do not take them'
  return new RunError('BUSY', `Cannot send the answer: ${reason}`, { advice: 'try again later' })
}
