import type { Pattern } from './aho_corasick.ts'

const gram = 3
const maxWindow = 16
const minBits = 12
const maxBits = 20

/**
 * Tells quickly where in a text no pattern can begin. It knows, of the first characters of all
 * patterns, each three in a row: of a window as long as the shortest of these beginnings, only the
 * last three characters are looked at, and when no pattern has them the next window begins behind
 * their first. Ordinary text is passed over in steps of up to 14 characters.
 */
export class TrigramFilter {
  readonly window: number
  readonly #known: Uint8Array
  readonly #mask: number

  /** The patterns have at least 3 characters each. */
  constructor(patterns: readonly Pattern[]) {
    this.window = patterns.reduce((least, { text }) => Math.min(least, text.length), maxWindow)
    const bits = Math.ceil(Math.log2(16 * patterns.length * this.window + 1))
    const size = 2 ** Math.min(maxBits, Math.max(minBits, bits))
    this.#known = new Uint8Array(size)
    this.#mask = size - 1
    for (const { text } of patterns) {
      for (let at = 0; at + gram <= this.window; at += 1) this.#known[this.#hash(text, at)] = 1
    }
  }

  /** The first place from `from` on where a pattern may begin; the text's length if none can. */
  next(text: string, from: number): number {
    const step = this.window - gram + 1
    const last = text.length - this.window
    for (let at = from; at <= last; at += step) {
      if (this.#known[this.#hash(text, at + step - 1)] === 1) return at
    }
    return text.length
  }

  #hash(text: string, at: number): number {
    const pair = (text.charCodeAt(at) << 7) ^ text.charCodeAt(at + 1)
    return ((pair << 7) ^ text.charCodeAt(at + 2)) & this.#mask
  }
}
