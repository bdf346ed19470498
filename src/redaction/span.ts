/** A part of a text, by the place of its first character and the one behind its last. */
export interface Span {
  readonly start: number
  readonly end: number
  /** Whether it reaches the end of the text and may go on behind it. */
  readonly isOpen: boolean
}

/** The spans in order, those that overlap made one; those that only touch stay two. */
export function merged(spans: readonly Span[]): readonly Span[] {
  const result: Span[] = []
  for (const span of spans.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    const last = result.at(-1)
    if (last === undefined || span.start >= last.end) result.push(span)
    else if (span.end > last.end) result[result.length - 1] = { ...span, start: last.start }
  }
  return result
}

/** The text with `[redacted]` in the place of each span; they must be in order and apart. */
export function masked(text: string, spans: readonly Span[]): string {
  if (spans.length === 0) return text
  const pieces: string[] = []
  let from = 0
  for (const { start, end } of spans) {
    pieces.push(text.slice(from, start), '[redacted]')
    from = end
  }
  return pieces.join('') + text.slice(from)
}

export interface Piece {
  /** In the text. */
  readonly start: number
  readonly end: number
}

/** Pieces of a text put together, and where in it each character stands. */
export class Excerpt {
  readonly text: string
  readonly #pieces: readonly Piece[]
  /** Where each piece begins in the excerpt. */
  readonly #starts: readonly number[]

  constructor(whole: string, pieces: readonly Piece[]) {
    const starts: number[] = []
    let length = 0
    for (const { start, end } of pieces) {
      starts.push(length)
      length += end - start
    }
    this.text = pieces.map(({ start, end }) => whole.slice(start, end)).join('')
    this.#pieces = pieces
    this.#starts = starts
  }

  /** The same part in the whole text, with what was left out within. */
  inWhole({ start, end, isOpen }: Span): Span {
    return { start: this.placeOf(start), end: this.placeOf(end - 1) + 1, isOpen }
  }

  /** The same part in the whole text, without what was left out within: one span a piece. */
  piecesInWhole({ start, end, isOpen }: Span): readonly Span[] {
    const spans: Span[] = []
    const last = this.#indexOf(end - 1)
    for (let index = this.#indexOf(start); index <= last; index += 1) {
      const piece = this.#pieces[index] ?? { start: 0, end: 0 }
      const shift = piece.start - (this.#starts[index] ?? 0)
      spans.push({
        start: Math.max(piece.start, start + shift),
        end: Math.min(piece.end, end + shift),
        isOpen: isOpen && index === last,
      })
    }
    return spans
  }

  /** Where the character at this place of the excerpt stands in the whole text. */
  placeOf(at: number): number {
    const index = this.#indexOf(at)
    return (this.#pieces[index]?.start ?? 0) + at - (this.#starts[index] ?? 0)
  }

  /** Of the piece that holds the character at this place. */
  #indexOf(at: number): number {
    let [low, high] = [0, this.#starts.length]
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((this.#starts[middle] ?? 0) <= at) low = middle
      else high = middle
    }
    return low
  }
}
