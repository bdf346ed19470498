import type { CellOutput } from '../events.ts'

const maxKept = 4_000

/** The latest line of what a cell prints, also one that a progress bar redraws with `\r`. */
export class LatestLine {
  #tail = ''
  #isCut = false

  add({ output }: CellOutput): void {
    if (output.output_type !== 'stream') return
    const text = this.#tail + output.text
    this.#isCut ||= text.length > maxKept
    this.#tail = text.slice(-maxKept)
  }

  clear(): void {
    this.#tail = ''
    this.#isCut = false
  }

  /** As the cell wrote it; empty when it is too long to be kept whole. */
  get text(): string {
    const lines = this.#tail.split(/[\r\n]+/)
    const last = lines.findLastIndex((line) => line.trim() !== '')
    return last === 0 && this.#isCut ? '' : (lines[last] ?? '')
  }
}
