import type { Pattern } from './aho_corasick.ts'
import { around, maxAround } from './elisions.ts'
import { byteEncodings, type Encoding, textEncodings } from './encodings.ts'
import { begunLineStart, dumpLineStart, hexDumps, linesInDump, openDumps } from './hex_dumps.ts'
import { PatternSearch } from './pattern_search.ts'
import { merged, type Span } from './span.ts'
import { type VisibleText, visibleTexts, wrappedLines, type WrappedLines } from './visible_text.ts'

/** Finds secrets in texts, in any of the encodings of `encodings.ts`. */
export class SecretFinder {
  readonly #all: PatternSearch
  /** The patterns of byte encodings, which may be wrapped into lines. */
  readonly #encoded: PatternSearch
  readonly #patterns: readonly Pattern[]
  /** Created for the first text that needs it. */
  #tails: TailSearch | null = null
  /** Streamed text is searched for the beginning of a secret first, and then for whole ones. */
  #last = new SearchedText('')

  /** Pass at least one secret, as `maskable()` returns them. */
  constructor(secrets: readonly string[]) {
    const encoded = distinct(secrets.flatMap(bytePatterns))
    const lines = secrets.flatMap(linesOf).flatMap((line) => textPatterns(line, lineEncodings))
    const texts = secrets.flatMap((secret) => textPatterns(secret, textEncodings))
    this.#patterns = distinct([...texts, ...lines, ...encoded])
    this.#all = new PatternSearch(this.#patterns)
    this.#encoded = new PatternSearch(encoded)
  }

  /** The secrets in the text, as ordered spans that do not overlap. */
  find(text: string): readonly Span[] {
    const searched = this.#searched(text)
    return (searched.secrets ??= this.#findIn(searched))
  }

  /**
   * Index where a possible secret begins that the text may break off in; the text's length if there
   * is none. Pass `isContinued` for a text that begins with what was held back from an earlier one.
   */
  partialSecretStart(text: string, isContinued: boolean): number {
    const searched = this.#searched(text)
    const hidden = searched.views.map(({ excerpt }) => {
      const shown = this.#openPlain(new SearchedText(excerpt.text), isContinued)
      return shown < excerpt.text.length ? excerpt.placeOf(shown) : text.length
    })
    return this.#uncut(text, Math.min(this.#openPlain(searched, isContinued), ...hidden))
  }

  #searched(text: string): SearchedText {
    if (text.length > maxRemembered) return new SearchedText(text)
    if (this.#last.text !== text) this.#last = new SearchedText(text)
    return this.#last
  }

  #findIn(searched: SearchedText): readonly Span[] {
    const plain = this.#findPlain(searched)
    if (searched.views.length === 0) return plain
    const hidden = searched.views.flatMap(({ excerpt, inWhole }) =>
      this.#findPlain(new SearchedText(excerpt.text)).flatMap(inWhole),
    )
    return merged([...plain, ...hidden])
  }

  #findPlain(searched: SearchedText): readonly Span[] {
    const { text } = searched
    const apart = [
      ...this.#inWrappedLines(searched),
      ...this.#inDumps(text),
      ...this.#cutInFront(text),
    ]
    const whole = this.#all.find(text)
    return apart.length === 0 ? whole : merged([...whole, ...apart])
  }

  #inWrappedLines({ lines }: SearchedText): readonly Span[] {
    const spans: Span[] = []
    for (const { letters, isOneLine } of lines) {
      if (isOneLine) continue // it is searched as a part of the whole text
      for (const span of this.#encoded.find(letters.text)) spans.push(letters.inWhole(span))
    }
    return spans
  }

  #inDumps(text: string): readonly Span[] {
    const spans: Span[] = []
    for (const dump of hexDumps(text)) {
      const found = this.#encoded.find(dump.digits.text)
      for (const span of found) spans.push(linesInDump(text, dump, span))
    }
    return spans
  }

  #cutInFront(text: string): readonly Span[] {
    if (!text.includes('…') && !text.includes('...')) return []
    this.#tails ??= new TailSearch(this.#patterns)
    return this.#tails.find(text)
  }

  #openPlain({ text, lines }: SearchedText, isContinued: boolean): number {
    const open = Math.min(text.length - this.#all.openLength(text), this.#openInDump(text))
    const last = lines.at(-1)
    if (last?.end !== text.length) return open
    return Math.min(open, this.#openWrapped(last, isContinued && last.start === 0))
  }

  /** Holds back whole lines, because only the address at the start shows that a line is of a dump. */
  #openInDump(text: string): number {
    const places = [begunLineStart(text)]
    for (const dump of openDumps(text)) {
      const length = this.#encoded.openLength(dump.digits.text)
      const place = dump.digits.text.length - length
      if (length > 0) places.push(dumpLineStart(text, dump, place))
    }
    return Math.min(...places)
  }

  /** A short partial secret before a line end counts only where the lines look like base64. */
  #openWrapped({ letters, firstLength, end }: WrappedLines, isContinued: boolean): number {
    const length = this.#encoded.openLength(letters.text)
    const isLikely = isContinued || firstLength >= minWrappedLength || length >= minSecretLength
    return length === 0 || !isLikely ? end : letters.placeOf(letters.text.length - length)
  }

  /** `place`, or the start of the secret that a cut there would split. */
  #uncut(text: string, place: number): number {
    const spans = this.find(text)
    const open = spans.findLast(({ isOpen }) => isOpen)?.start ?? text.length
    const least = Math.min(place, open)
    return spans.find(({ start, end }) => start < least && end > least)?.start ?? least
  }
}

/** In characters. Chunks of streams are smaller; what was found in a longer text takes memory. */
const maxRemembered = 2 ** 20

/** A text with what was found out about it, each when it is needed first. */
class SearchedText {
  readonly text: string
  secrets: readonly Span[] | null = null
  #views: readonly VisibleText[] | null = null
  #lines: readonly WrappedLines[] | null = null

  constructor(text: string) {
    this.text = text
  }

  get views(): readonly VisibleText[] {
    return (this.#views ??= visibleTexts(this.text))
  }

  get lines(): readonly WrappedLines[] {
    return (this.#lines ??= [...wrappedLines(this.text)])
  }
}

/** Minimum line length of wrapped base64: encoders usually wrap at 60 characters or more. */
const minWrappedLength = 16

const lineEncodings = textEncodings.filter(({ isByLine }) => isByLine)

function textPatterns(text: string, encodings: readonly Encoding[]): readonly Pattern[] {
  const texts = new Set(encodings.flatMap(({ encode }) => encode(text)))
  return Array.from(texts, (encoded) => ({ text: encoded, endsWithinGroup: false }))
}

function bytePatterns(secret: string): readonly Pattern[] {
  const bytes = Buffer.from(secret)
  return byteEncodings.flatMap(({ encode }) => encode(bytes))
}

function distinct(patterns: readonly Pattern[]): readonly Pattern[] {
  return [...new Map(patterns.map((pattern) => [pattern.text, pattern])).values()]
}

/** In characters. Shorter values occur in any text, and masking them would make it unreadable. */
export const minSecretLength = 4

/** In bytes of UTF-8. */
export const maxSecretBytes = 2 ** 20

/** Shorter secrets are weak: they occur by chance in names of files and fields. */
const minStrongLength = 8

/** Shorter lines of a multi-line secret are not masked on their own: they occur in any text. */
const minLineLength = 8

const maxWordLength = 20

/** One or more words with up to 4 digits at the end: "test", "my-token", "Reports2026". */
const words = /^[\p{L}]+(?:[ ._-][\p{L}]+)*[\d]{0,4}$/u

/** Digits that could be a date or an amount. */
const shortNumber = /^\d{1,11}$/

/** Whether ordinary text may contain it by chance: then it is not masked in names. */
export function isWeakSecret(secret: string): boolean {
  if (secret.length < minStrongLength || shortNumber.test(secret)) return true
  return secret.length <= maxWordLength && words.test(secret)
}

/** The secrets, trimmed, that are long enough (4 characters) and short enough (1 MB) to be masked. */
export function maskable(secrets: readonly string[]): readonly string[] {
  const trimmed = secrets.map((secret) => secret.trim())
  return trimmed.filter(
    (secret) => secret.length >= minSecretLength && Buffer.byteLength(secret) <= maxSecretBytes,
  )
}

/** The lines of a multi-line secret, such as a PEM key, which are often printed one at a time. */
function linesOf(secret: string): readonly string[] {
  const lines = secret.split(/\r?\n/).map((line) => line.trim())
  return lines.length === 1 ? [] : lines.filter((line) => line.length >= minLineLength)
}

const anyMark = /…|\.{3}/g
const gram = 3
const hashBits = 18

/**
 * Finds the ends of patterns that were truncated at the beginning: after a mark such as `…` or
 * `[...]`, at least half of a pattern or its last 8 characters. The text between two marks is
 * searched backwards, in time linear in the text.
 */
class TailSearch {
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
