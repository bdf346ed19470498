import type { Span } from './span.ts'

interface Piece {
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

  /** Where the character at this place of the excerpt stands in the whole text. */
  placeOf(at: number): number {
    let [low, high] = [0, this.#starts.length]
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((this.#starts[middle] ?? 0) <= at) low = middle
      else high = middle
    }
    return (this.#pieces[low]?.start ?? 0) + at - (this.#starts[low] ?? 0)
  }
}
