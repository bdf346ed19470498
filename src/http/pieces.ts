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

/** Whether a split at index `place` would separate a surrogate pair. */
function splitsPair(text: string, place: number): boolean {
  return (text.codePointAt(place - 1) ?? 0) > 0xffff
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
