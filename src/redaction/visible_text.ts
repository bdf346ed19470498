import { Excerpt, type Span } from './span.ts'

/** A text without its invisible parts, such as escape sequences or tags. */
export interface VisibleText {
  readonly excerpt: Excerpt
  /** Converts a span of the excerpt to spans of the whole text. */
  readonly inWhole: (part: Span) => readonly Span[]
}

// oxlint-disable no-control-regex -- control characters are what they look for

const anyControl =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/

const otherSequences = [
  '\\u001b\\][^\\u0007\\u001b\\u009c]*(?:\\u0007|\\u001b\\\\|\\u009c)',
  '\\u001b[ -/]*[0-Z\\\\^-~]',
  anyControl.source,
]

const standardSequence = '(?:\\u001b\\[|\\u009b)[0-?]*[ -/]*[@-~]'

/** Block elements: the texts before and after their tags are separate on a page. */
const apart =
  'address|article|br|caption|dd|div|dl|dt|figure|h[1-6]|hr|li|ol|p|section|table|tbody|td|tfoot|th|thead|tr|ul'

interface View {
  /** Matches texts to which this view applies. */
  readonly isNeeded: RegExp
  /** The invisible parts. */
  readonly invisible: RegExp
  /** An incomplete invisible part at the end of the text, from its first character on. */
  readonly unfinished: RegExp
  /** The characters with which an unfinished part can begin. */
  readonly unfinishedStarts: readonly string[]
  /** Whether masking must keep the invisible parts, as the tags of a page. */
  readonly keepsInvisible: boolean
}

const views: readonly View[] = [
  // Invisible in a log: escape sequences of ECMA-48, such as colours, OSC titles and links, other
  // control characters, and those for the text direction.
  {
    isNeeded: anyControl,
    invisible: new RegExp([standardSequence, ...otherSequences].join('|'), 'g'),
    unfinished: /^(?:\u001b\[|\u009b)[0-?]*[ -/]*$|^\u001b[ -/]*$/,
    unfinishedStarts: ['\u001b', '\u009b'],
    keepsInvisible: false,
  },
  // Removed by nbconvert (its ansi.py): "ESC [" and everything up to the next final byte.
  {
    isNeeded: /\u001b\[/,
    invisible: new RegExp(['\\u001b\\[[^@-~\\n]*[@-~]', ...otherSequences].join('|'), 'g'),
    unfinished: /^\u001b\[[^@-~\n]*$/,
    unfinishedStarts: ['\u001b'],
    keepsInvisible: false,
  },
  // Invisible within a line of HTML: tags and comments.
  {
    isNeeded: /<[a-z/!]/i,
    invisible: new RegExp(
      [`<(?!/?(?:${apart})\\b)[a-z/!][^<>]*>`, '&shy;|&zwn?j;', ...otherSequences].join('|'),
      'gi',
    ),
    unfinished: /^<(?:[a-z/!][^<>]*)?$/i,
    unfinishedStarts: ['<'],
    keepsInvisible: true,
  },
  // Invisible in rendered Markdown: the marks of emphasis, code and strikethrough.
  {
    isNeeded: /[*`]|~~|__/,
    invisible: new RegExp(['[*`]+|~~+|__+', ...otherSequences].join('|'), 'g'),
    unfinished: /^[*`~_]$/,
    unfinishedStarts: ['*', '`', '~', '_'],
    keepsInvisible: true,
  },
]

// oxlint-enable no-control-regex

const maxUnfinished = 32

/** The visible text in each view that applies; none when all of the text is visible. */
export function visibleTexts(text: string): readonly VisibleText[] {
  const seen = new Set([text])
  return views.flatMap((view) => {
    if (!view.isNeeded.test(text)) return []
    const excerpt = visibleText(text, view)
    if (seen.has(excerpt.text)) return []
    seen.add(excerpt.text)
    const inWhole = view.keepsInvisible
      ? (part: Span) => excerpt.piecesInWhole(part)
      : (part: Span) => [excerpt.inWhole(part)]
    return [{ excerpt, inWhole }]
  })
}

function visibleText(text: string, view: View): Excerpt {
  const pieces = []
  const end = visibleEnd(text, view)
  let from = 0
  for (const { index, 0: found } of text.matchAll(view.invisible)) {
    if (index >= end) break
    if (index > from) pieces.push({ start: from, end: index })
    from = index + found.length
  }
  if (end > from) pieces.push({ start: from, end })
  return new Excerpt(text, pieces)
}

/** Index where an incomplete invisible part begins; the text's length if there is none. */
function visibleEnd(text: string, { unfinished, unfinishedStarts }: View): number {
  const start = Math.max(...unfinishedStarts.map((each) => text.lastIndexOf(each)))
  if (start === -1 || text.length - start > maxUnfinished) return text.length
  return unfinished.test(text.slice(start)) ? start : text.length
}

/** Base64 or hex letters wrapped into lines, as in the output of `base64` and in PEM files. */
export interface WrappedLines {
  /** Only the letters. */
  readonly letters: Excerpt
  /** Number of letters in the first line. */
  readonly firstLength: number
  readonly isOneLine: boolean
  /** Their range in the text, with line ends; `end` is exclusive. */
  readonly start: number
  readonly end: number
}

/** Fewer letters before a line end are taken for a word of ordinary text. */
const minLineLength = 8

/** Maximum number in an escaped line end; one within JSON within JSON can have three. */
const maxBackslashes = 8

const isLetter = new Uint8Array(65_536)
for (const letter of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_-') {
  isLetter[letter.charCodeAt(0)] = 1
}

/** All sequences of wrapped lines in the text, in order. Line ends may be escaped: `\n`. */
export function* wrappedLines(text: string): Generator<WrappedLines, void, void> {
  const lineEnds = new LineEnds(text)
  let from = 0
  for (let at = lineEnds.next(0); at < text.length; at = lineEnds.next(Math.max(from, at + 1))) {
    const start = lineStart(text, at, from)
    // At the start of the text, the beginning of the line may be missing.
    if (start > 0 && at - start < minLineLength) continue
    const found = linesFrom(start, text)
    if (found.end > at) yield found
    from = Math.max(found.end, at)
  }
}

/** Possible line ends in a text: `\n`, `\r` and backslashes. */
class LineEnds {
  readonly #text: string
  #newline = -1
  #return = -1
  #backslash = -1

  constructor(text: string) {
    this.#text = text
  }

  /** The first at or after `from`, which must not decrease; the text's length if there is none. */
  next(from: number): number {
    if (this.#newline < from) this.#newline = this.#find('\n', from)
    if (this.#return < from) this.#return = this.#find('\r', from)
    if (this.#backslash < from) this.#backslash = this.#find('\\', from)
    return Math.min(this.#newline, this.#return, this.#backslash)
  }

  #find(character: string, from: number): number {
    const place = this.#text.indexOf(character, from)
    return place === -1 ? this.#text.length : place
  }
}

function lineStart(text: string, end: number, least: number): number {
  let start = end
  while (start > least && isLetter[text.charCodeAt(start - 1)] === 1) start -= 1
  return start
}

function linesFrom(start: number, text: string): WrappedLines {
  const pieces = []
  let at = start
  let end = start
  do {
    const lineEnds = lettersEnd(text, at)
    if (lineEnds > at) pieces.push({ start: at, end: lineEnds })
    at = lineEndsEnd(text, lineEnds)
    end = Math.max(lineEnds, at)
    if (at === lineEnds) break
  } while (at < text.length && isLetter[text.charCodeAt(at)] === 1)
  const [first] = pieces
  const firstLength = first === undefined ? 0 : first.end - first.start
  const isOneLine = pieces.length <= 1
  return { letters: new Excerpt(text, pieces), firstLength, isOneLine, start, end }
}

const letters = /[A-Za-z0-9+/=_-]*/y

function lettersEnd(text: string, from: number): number {
  letters.lastIndex = from
  letters.test(text)
  return Math.max(from, letters.lastIndex)
}

/** Index after the line ends at `from` and the indentation of the next line. */
function lineEndsEnd(text: string, from: number): number {
  let at = from
  for (let next = oneLineEnd(text, at); next > at; next = oneLineEnd(text, at)) at = next
  if (at === from) return from
  while (text[at] === ' ' || text[at] === '\t') at += 1
  return at
}

function oneLineEnd(text: string, at: number): number {
  if (text[at] === '\n' || text[at] === '\r') return at + 1
  let end = at
  while (text[end] === '\\' && end - at < maxBackslashes) end += 1
  if (end === at) return at
  // At the end of the text, the letter after the backslashes may still follow.
  if (end === text.length) return end
  return text[end] === 'n' || text[end] === 'r' ? end + 1 : at
}
