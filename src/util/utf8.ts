/**
 * The text of bytes that are UTF-8, without a byte order mark at its beginning; throws an Error that
 * says where they are not. Nothing is replaced by U+FFFD.
 */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Error(`it is not UTF-8 text: ${badPlace(bytes)}`)
  }
}

/** Which byte it is, how it is written in hexadecimal, and where a person finds it. */
function badPlace(bytes: Uint8Array): string {
  const at = firstBadByte(bytes)
  const hex = bytes[at]?.toString(16).toUpperCase().padStart(2, '0') ?? ''
  const line = bytes.subarray(0, at).filter((byte) => byte === 10).length + 1
  return `byte ${at + 1} of ${bytes.length} (0x${hex}, on line ${line}) belongs to no character`
}

/** Behind the characters before it, of which the last is not one that was put in for it. */
function firstBadByte(bytes: Uint8Array): number {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  let from = 0
  let at = 0
  for (;;) {
    const end = text.indexOf('\ufffd', from)
    at += Buffer.byteLength(text.slice(from, end === -1 ? text.length : end))
    if (end === -1 || !isReplacement(bytes.subarray(at, at + 3))) return at
    at += 3
    from = end + 1
  }
}

/** U+FFFD itself, which may stand in a text like any character. */
function isReplacement([first, second, third]: Uint8Array): boolean {
  return first === 0xef && second === 0xbf && third === 0xbd
}
