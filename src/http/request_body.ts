import { RunError } from '../errors.ts'
import { quoted } from '../quoted.ts'
import type { Body } from '../request/http.ts'
import type { Incoming } from './incoming.ts'

/** Reads the body, which is JSON or plain text, in UTF-8; null when there is none. */
export async function readBody({ headers, hasBody, bytes }: Incoming): Promise<Body | null> {
  if (!hasBody) return null
  const type = typeOf(headers['content-type'] ?? 'text/plain')
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw unknownType('it is compressed; send it as it is')
  }
  const content = await bytes()
  try {
    return { type, text: new TextDecoder('utf-8', { fatal: true }).decode(content) }
  } catch {
    throw new RunError('ARGUMENTS_INVALID', 'Cannot read the body: it is not UTF-8 text')
  }
}

function typeOf(header: string): Body['type'] {
  const [name = '', ...parameters] = header
    .toLowerCase()
    .split(';')
    .map((part) => part.trim())
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))
  if (charset !== undefined && !/^charset="?utf-?8"?$/.test(charset)) {
    throw unknownType(`it has the ${quoted(charset)}; send UTF-8`)
  }
  if (name === 'application/json') return 'json'
  if (name === 'text/plain') return 'text'
  const advice = 'send "Content-Type: application/json", or "text/plain" for the words'
  throw unknownType(`it is of the type ${quoted(name)}; ${advice}`)
}

function unknownType(reason: string): RunError {
  return new RunError('BODY_TYPE_UNKNOWN', `Cannot read the body: ${reason}`)
}
