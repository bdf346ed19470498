import { messageOf, RunError, type RunErrorOptions } from '../errors.ts'
import type { Body } from '../request/json_request.ts'
import { quoteForError } from '../util/text.ts'
import { decodeUtf8 } from '../util/utf8.ts'
import type { HttpRequest } from './http_request.ts'

/**
 * Reads a body of JSON or plain text in UTF-8; null when there is none. Throws BODY_TYPE_UNKNOWN,
 * ARGUMENTS_INVALID for bytes that are not UTF-8, and as `HttpRequest.bytes()` does.
 */
export async function readBody({ headers, hasBody, bytes }: HttpRequest): Promise<Body | null> {
  if (!hasBody) return null
  const type = typeOf(headers['content-type'] ?? anyType)
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw unknownType('it is compressed', { advice: 'send it as it is' })
  }
  const text = readText(await bytes())
  return { type: type ?? (text.trimStart().startsWith('{') ? 'json' : 'text'), text }
}

function readText(bytes: Buffer): string {
  try {
    return decodeUtf8(bytes)
  } catch (cause) {
    throw new RunError('ARGUMENTS_INVALID', `Cannot read the body: ${messageOf(cause)}`)
  }
}

/** The default of Cloud Scheduler and Cloud Tasks. */
const anyType = 'application/octet-stream'

/** null for a generic type: the content then decides, since only JSON begins with a brace. */
function typeOf(header: string): Body['type'] | null {
  const [name = '', ...parameters] = header
    .toLowerCase()
    .split(';')
    .map((part) => part.trim())
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))
  if (charset !== undefined && !/^charset="?utf-?8"?$/.test(charset)) {
    throw unknownType(`it has the ${quoteForError(charset)}`, { advice: 'send UTF-8' })
  }
  if (name === 'application/json') return 'json'
  if (name === 'text/plain') return 'text'
  if (name === anyType) return null
  const advice = 'send "Content-Type: application/json", or "text/plain" for arguments'
  throw unknownType(`it is of the type ${quoteForError(name)}`, { advice })
}

function unknownType(reason: string, options: RunErrorOptions = {}): RunError {
  return new RunError('BODY_TYPE_UNKNOWN', `Cannot read the body: ${reason}`, options)
}
