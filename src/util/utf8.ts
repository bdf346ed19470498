/**
 * Decodes UTF-8, without a byte order mark at its beginning. Throws an Error that names the first
 * invalid byte, instead of replacing it by U+FFFD.
 */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Error(`it is not UTF-8 text: ${badPlace(bytes)}`)
  }
}

/** The number, value and line of the first invalid byte. */
function badPlace(bytes: Uint8Array): string {
  const at = firstBadByte(bytes)
  const hex = bytes[at]?.toString(16).toUpperCase().padStart(2, '0') ?? ''
  const line = bytes.subarray(0, at).filter((byte) => byte === 10).length + 1
  return `byte ${at + 1} of ${bytes.length} (0x${hex}, on line ${line}) belongs to no character`
}

/** The index of the first byte for which the decoder inserts U+FFFD. */
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

/** U+FFFD itself, which a text may contain like any character. */
function isReplacement([first, second, third]: Uint8Array): boolean {
  return first === 0xef && second === 0xbf && third === 0xbd
}
