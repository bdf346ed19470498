import { RunError } from '../errors.ts'
import { quoted } from '../quoted.ts'
import type { Body } from '../request/http.ts'
import { decodeUtf8 } from '../utf8.ts'
import type { Incoming } from './incoming.ts'

/** Reads the body, which is JSON or plain text, in UTF-8; null when there is none. */
export async function readBody({ headers, hasBody, bytes }: Incoming): Promise<Body | null> {
  if (!hasBody) return null
  const type = typeOf(headers['content-type'] ?? anyType)
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw unknownType('it is compressed; send it as it is')
  }
  const text = readText(await bytes())
  return { type: type ?? (text.trimStart().startsWith('{') ? 'json' : 'text'), text }
}

function readText(bytes: Buffer): string {
  try {
    return decodeUtf8(bytes)
  } catch (cause) {
    const { message }: { readonly message?: unknown } = Object(cause)
    throw new RunError('ARGUMENTS_INVALID', `Cannot read the body: ${String(message)}`)
  }
}

/** Cloud Scheduler and Cloud Tasks send it, unless they are told another one. */
const anyType = 'application/octet-stream'

/** null for a type that says nothing: no words begin as an object does. */
function typeOf(header: string): Body['type'] | null {
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
  if (name === anyType) return null
  const advice = 'send "Content-Type: application/json", or "text/plain" for the words'
  throw unknownType(`it is of the type ${quoted(name)}; ${advice}`)
}

function unknownType(reason: string): RunError {
  return new RunError('BODY_TYPE_UNKNOWN', `Cannot read the body: ${reason}`)
}
