const pieceLength = 65_536

/** A text or bytes of any length in pieces, so that no second copy of the whole is made. */
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

/** Whether both halves of a character stand there, one on each side of the place. */
function splitsPair(text: string, place: number): boolean {
  return (text.codePointAt(place - 1) ?? 0) > 0xffff
}

/** About how many bytes a value takes in memory and as JSON: its texts count, and a little for the rest. */
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
