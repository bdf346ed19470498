/** A part of a text: `start` is inclusive, `end` exclusive, in UTF-16 code units. */
export interface Span {
  readonly start: number
  readonly end: number
  /** Whether it reaches the end of the text and may continue in the next one. */
  readonly isOpen: boolean
}

/** The spans sorted, with overlapping ones joined; adjacent ones stay separate. */
export function merged(spans: readonly Span[]): readonly Span[] {
  const result: Span[] = []
  for (const span of spans.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    const last = result.at(-1)
    if (last === undefined || span.start >= last.end) result.push(span)
    else if (span.end > last.end) result[result.length - 1] = { ...span, start: last.start }
  }
  return result
}

/** Replaces each span with `[redacted]`; pass them sorted and without overlaps. */
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
  /** In the whole text; `end` is exclusive. */
  readonly start: number
  readonly end: number
}

/** Pieces of a text joined together, with a mapping of positions back to the whole text. */
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

  /** The same part in the whole text, as one span with all gaps. */
  inWhole({ start, end, isOpen }: Span): Span {
    return { start: this.placeOf(start), end: this.placeOf(end - 1) + 1, isOpen }
  }

  /** The same part in the whole text without gaps: one span for each piece. */
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

  /** Converts an index in the excerpt to the index in the whole text. */
  placeOf(at: number): number {
    const index = this.#indexOf(at)
    return (this.#pieces[index]?.start ?? 0) + at - (this.#starts[index] ?? 0)
  }

  /** The index of the piece with the character at this index of the excerpt. */
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
