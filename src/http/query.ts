import { RunError } from '../errors.ts'
import { quoted } from '../quoted.ts'
import { decodeUtf8 } from '../utf8.ts'

/**
 * The names and values of a query, "?" before it or not, as URLSearchParams reads them; throws
 * ARGUMENTS_INVALID for bytes that are not UTF-8, of which it would make U+FFFD.
 */
export function readQuery(search: string): URLSearchParams {
  for (const part of search.replace(/^\?/, '').split('&')) checkUtf8(part)
  return new URLSearchParams(Buffer.from(search, 'latin1').toString('utf8'))
}

/** The request line comes as a character a byte. */
function checkUtf8(part: string): void {
  try {
    decodeUtf8(bytesOf(part))
  } catch (cause) {
    const { message }: { readonly message?: unknown } = Object(cause)
    const name = quoted(part.split('=', 1)[0] ?? '')
    throw new RunError(
      'ARGUMENTS_INVALID',
      `Cannot read ${name} in the query: ${String(message)}; encode its UTF-8, as in "M%C3%BCller"`,
    )
  }
}

function bytesOf(part: string): Buffer {
  const decoded = part.replaceAll(/%[0-9a-f]{2}/gi, (escape) =>
    String.fromCharCode(Number.parseInt(escape.slice(1), 16)),
  )
  return Buffer.from(decoded, 'latin1')
}
