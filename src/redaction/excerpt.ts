import type { Span } from './span.ts'

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
