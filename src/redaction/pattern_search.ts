import { AhoCorasick, maxPatternLength, type Pattern, root } from './aho_corasick.ts'
import { type Elision, elisions } from './elisions.ts'
import { merged, type Span } from './span.ts'

const maxCutLength = 8
const minCutLength = 4

/** A truncated secret is masked from this many characters on: half of it, at least 4, at most 8. */
function minCutOf({ text }: Pattern): number {
  return Math.max(minCutLength, Math.min(maxCutLength, Math.ceil(text.length / 2)))
}

/** Searches for many patterns at once, in time linear in the text. */
export class PatternSearch {
  readonly #automaton: AhoCorasick
  readonly #filter: TrigramFilter
  /** The patterns of more than `maxPatternLength` characters, by the node of their prefix. */
  readonly #long = new Map<number, Pattern[]>()

  /** Pass patterns of at least 4 characters. */
  constructor(patterns: readonly Pattern[]) {
    this.#automaton = new AhoCorasick(patterns, minCutOf)
    this.#filter = new TrigramFilter(patterns)
    for (const pattern of patterns) {
      if (pattern.text.length > maxPatternLength) this.#addLong(pattern)
    }
  }

  /**
   * The patterns in the text, as sorted spans that do not overlap. Of a pattern of more than 256
   * characters the first 256 are sufficient: the span covers as much of it as the text contains. A
   * truncated pattern is found before a truncation mark (`elisions.ts`).
   */
  find(text: string): readonly Span[] {
    return merged([...this.#whole(text), ...this.#cutOff(text)])
  }

  /** Number of characters at the end that may be the beginning of a pattern. */
  openLength(text: string): number {
    return this.#automaton.openLengthAt(this.#nodeAt(text, 0, text.length))
  }

  #addLong(pattern: Pattern): void {
    const node = this.#nodeAt(pattern.text, 0, maxPatternLength)
    const alike = this.#long.get(node)
    if (alike === undefined) this.#long.set(node, [pattern])
    else alike.push(pattern)
  }

  #whole(text: string): readonly Span[] {
    const spans: Span[] = []
    let at = this.#filter.next(text, 0)
    while (at < text.length) at = this.#filter.next(text, this.#readFrom(at, text, spans))
    return spans
  }

  /** Reads until no pattern can be in progress; returns the index where the next one may begin. */
  #readFrom(start: number, text: string, spans: Span[]): number {
    const automaton = this.#automaton
    const least = Math.min(text.length, start + this.#filter.window)
    let node = root
    let at = start
    while (at < text.length && (at < least || automaton.depthOf(node) > 2)) {
      node = automaton.next(node, text.charCodeAt(at))
      at += 1
      const length = automaton.maxEndAt(node)
      if (length > 0) spans.push(this.#spanOf(node, { text, start: at - length, end: at }))
      const long = automaton.depthOf(node) < maxPatternLength ? undefined : this.#long.get(node)
      if (long === undefined) continue
      const span = longest(long, { text, start: at - maxPatternLength })
      spans.push(span)
      return Math.max(at, span.end - maxPatternLength)
    }
    return at === text.length ? at : at - automaton.depthOf(node)
  }

  #spanOf(node: number, { text, start, end }: Place & { readonly end: number }): Span {
    const rest = this.#automaton.endsWithinGroupAt(node) ? groupEnd(text, end) : end
    return { start, end: rest, isOpen: false }
  }

  #cutOff(text: string): readonly Span[] {
    const spans: Span[] = []
    let from = 0
    for (const elision of elisions(text)) {
      // The next kind of mark starts again at the beginning of the text.
      if (elision.lastEnd < from) from = 0
      const span = this.#cutOffAt(elision, from, text)
      if (span !== null) spans.push(span)
      from = elision.end
    }
    return spans
  }

  #cutOffAt({ firstEnd, lastEnd }: Elision, from: number, text: string): Span | null {
    let node = this.#nodeAt(text, from, firstEnd)
    for (let end = firstEnd; ; end += 1) {
      const length = this.#automaton.maxCutAt(node)
      if (length > 0) return { start: end - length, end, isOpen: false }
      if (end === lastEnd) return null
      node = this.#automaton.next(node, text.charCodeAt(end))
    }
  }

  #nodeAt(text: string, start: number, end: number): number {
    let node = root
    for (let at = Math.max(start, end - maxPatternLength); at < end; at += 1) {
      node = this.#automaton.next(node, text.charCodeAt(at))
    }
    return node
  }
}

interface Place {
  readonly text: string
  readonly start: number
}

/** The longest match among patterns whose first 256 characters match at `place`. */
function longest(patterns: readonly Pattern[], place: Place): Span {
  const spans = patterns.map((pattern) => agreement(pattern, place))
  return spans.reduce((best, span) => (span.end > best.end ? span : best))
}

function agreement(pattern: Pattern, { text, start }: Place): Span {
  const { length } = pattern.text
  const end = Math.min(text.length, start + length)
  let at = start + maxPatternLength
  while (at < end && text.charCodeAt(at) === pattern.text.charCodeAt(at - start)) at += 1
  const isWhole = at === start + length
  const rest = isWhole && pattern.endsWithinGroup ? groupEnd(text, at) : at
  return { start, end: rest, isOpen: !isWhole && at === text.length }
}

const groupRest = /[\w+/-]?={0,2}/y

/** Index after the letter that completes a base64 group, and its padding. */
function groupEnd(text: string, at: number): number {
  groupRest.lastIndex = at
  return at + (groupRest.exec(text)?.[0].length ?? 0)
}

const gram = 3
const maxWindow = 16
const minBits = 12
const maxBits = 20

/**
 * Skips parts of a text where no pattern can begin. It holds all trigrams within the first
 * characters of all patterns, up to the window's length (the shortest pattern's, at most 16). For
 * each window only the last trigram is checked; if it is unknown, the next window begins after that
 * trigram's first character. Ordinary text is skipped in steps of up to 14 characters.
 */
class TrigramFilter {
  readonly window: number
  readonly #known: Uint8Array
  readonly #mask: number

  /** Pass patterns of at least 3 characters. */
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

  /** The first index from `from` on where a pattern may begin; the text's length if there is none. */
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
