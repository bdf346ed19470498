import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { RunError } from '../errors.ts'
import { untouched } from './untouched.ts'

/** One request, its body not read yet. */
export interface Incoming {
  readonly method: string
  /** Not decoded. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly hasBody: boolean
  /** The body's bytes; throws BODY_TOO_LARGE. */
  readonly bytes: () => Promise<Buffer>
}

const mostBytes = 2 ** 20

export function readIncoming(request: IncomingMessage): Incoming {
  const { target, length, hasBody } = untouched(request)
  const end = target.includes('?') ? target.indexOf('?') : target.length
  return {
    method: request.method ?? 'GET',
    path: target.slice(0, end),
    query: new URLSearchParams(target.slice(end)),
    headers: request.headers,
    hasBody,
    bytes: () => readBytes(request, Number(length)),
  }
}

async function readBytes(request: IncomingMessage, length: number): Promise<Buffer> {
  if (length > mostBytes) throw tooLarge()
  const chunks: Buffer[] = []
  let size = 0
  // Left early, the stream must live on: the connection still has to carry the answer.
  for await (const chunk of chunksOf(request)) {
    size += chunk.length
    if (size > mostBytes) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

async function* chunksOf(request: IncomingMessage): AsyncGenerator<Buffer, void, void> {
  try {
    yield* request.iterator({ destroyOnReturn: false })
  } catch (cause) {
    const message = 'Cannot read the body: the client closed the connection before its end'
    throw new RunError('CANCELLED', message, { cause })
  }
}

function tooLarge(): RunError {
  return new RunError(
    'BODY_TOO_LARGE',
    `Cannot read the body: it is larger than ${mostBytes} bytes`,
  )
}
