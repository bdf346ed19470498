import type { Pattern } from './aho_corasick.ts'
import { around, maxAround } from './elisions.ts'
import { PatternSearch } from './pattern_search.ts'
import type { Span } from './span.ts'

const anyMark = /…|\.{3}/g
const gram = 3
const hashBits = 18

/**
 * Finds the ends of patterns that were truncated at the beginning: after a mark such as `…` or
 * `[...]`, at least half of a pattern or its last 8 characters. The text between two marks is
 * searched backwards, in time linear in the text.
 */
export class TailSearch {
  readonly #backwards: PatternSearch
  /** The trigrams of all patterns, by hash. */
  readonly #known = new Uint8Array(2 ** hashBits)
  readonly #maxLength: number

  constructor(patterns: readonly Pattern[]) {
    this.#backwards = new PatternSearch(
      patterns.map(({ text }) => ({ text: reversed(text), endsWithinGroup: false })),
    )
    this.#maxLength = patterns.reduce((most, { text }) => Math.max(most, text.length), 0)
    for (const { text } of patterns) {
      for (let at = 0; at + gram <= text.length; at += 1) this.#known[hashOf(text, at)] = 1
    }
  }

  find(text: string): readonly Span[] {
    const spans: Span[] = []
    const places = Array.from(text.matchAll(anyMark), ({ index }) => index)
    for (const [number, start] of places.entries()) {
      const end = Math.min(
        places[number + 1] ?? text.length,
        start + gram + maxAround + this.#maxLength,
      )
      if (this.#mayFollow(text, start)) spans.push(...this.#between(start, end, text))
    }
    return spans
  }

  /** Whether the text after the mark may be part of a pattern. */
  #mayFollow(text: string, mark: number): boolean {
    const first = mark + (text.charAt(mark) === '…' ? 1 : gram)
    for (let at = first; at <= first + maxAround; at += 1) {
      const [one, next] = [hashOf(text, at), hashOf(text, at + 1)]
      if (this.#known[one] === 1 && this.#known[next] === 1) return true
      if (!around.has(text.charAt(at))) return false
    }
    return false
  }

  #between(start: number, end: number, text: string): readonly Span[] {
    const found = this.#backwards.find(reversed(text.slice(start, end)))
    return found.map((span) => ({
      start: end - span.end,
      end: end - span.start,
      isOpen: false,
    }))
  }
}

/** The text's UTF-16 code units in reverse order. */
function reversed(text: string): string {
  const units = new Uint16Array(text.length)
  for (let at = 0; at < text.length; at += 1) units[text.length - 1 - at] = text.charCodeAt(at)
  return Buffer.from(units.buffer).toString('utf16le')
}

function hashOf(text: string, at: number): number {
  const pair = (text.charCodeAt(at) << 6) ^ text.charCodeAt(at + 1)
  return ((pair << 6) ^ text.charCodeAt(at + 2)) & (2 ** hashBits - 1)
}
