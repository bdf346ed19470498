/** A line that does not end, such as a progress bar's, is given out in pieces of this size. */
const longestLine = 100_000

/** Joins the chunks of a stream, which end anywhere, into whole lines. */
export class LineBuffer {
  #chunks: string[] = []
  #length = 0

  /** The lines that are complete now, without the newline of the last one; null when none is. */
  add(chunk: string): string | null {
    const end = chunk.lastIndexOf('\n')
    if (end === -1) {
      this.#push(chunk)
      return this.#length > longestLine ? this.flush() : null
    }
    this.#push(chunk.slice(0, end))
    const lines = this.flush() ?? ''
    this.#push(chunk.slice(end + 1))
    return lines
  }

  /** What is left of a line that has not ended; null when there is nothing. */
  flush(): string | null {
    if (this.#length === 0) return null
    const rest = this.#chunks.join('')
    this.#chunks = []
    this.#length = 0
    return rest
  }

  #push(text: string): void {
    this.#chunks.push(text)
    this.#length += text.length
  }
}
