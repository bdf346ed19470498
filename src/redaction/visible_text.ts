import { Excerpt, type Span } from './span.ts'

/** A text without what its readers do not see. */
export interface VisibleText {
  readonly excerpt: Excerpt
  /** Where in the whole text a part of this one is. */
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

/** Elements that stand apart on a page, so that texts before and behind their tags are not one. */
const apart =
  'address|article|br|caption|dd|div|dl|dt|figure|h[1-6]|hr|li|ol|p|section|table|tbody|td|tfoot|th|thead|tr|ul'

interface View {
  /** Whether to look at the text in this way. */
  readonly isNeeded: RegExp
  /** What is left out. */
  readonly invisible: RegExp
  /** What is left out and has not ended yet, from its first character on. */
  readonly unfinished: RegExp
  /** The characters that it may begin with. */
  readonly unfinishedStarts: readonly string[]
  /** Whether what is left out has to stay: the page would not be one without its tags. */
  readonly keepsInvisible: boolean
}

const views: readonly View[] = [
  // What a log leaves out: the escape sequences of ECMA-48, also colours and the titles and links
  // of OSC, other control characters, and those of the direction.
  {
    isNeeded: anyControl,
    invisible: new RegExp([standardSequence, ...otherSequences].join('|'), 'g'),
    unfinished: /^(?:\u001b\[|\u009b)[0-?]*[ -/]*$|^\u001b[ -/]*$/,
    unfinishedStarts: ['\u001b', '\u009b'],
    keepsInvisible: false,
  },
  // What nbconvert's pages leave out (its ansi.py): "ESC [" and all up to the next final byte.
  {
    isNeeded: /\u001b\[/,
    invisible: new RegExp(['\\u001b\\[[^@-~\\n]*[@-~]', ...otherSequences].join('|'), 'g'),
    unfinished: /^\u001b\[[^@-~\n]*$/,
    unfinishedStarts: ['\u001b'],
    keepsInvisible: false,
  },
  // What a page of HTML leaves out within a line: tags and comments.
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
  // What Markdown leaves out: emphasis, code, and what is struck through.
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

/** The text without what cannot be seen, in each way to see it; none when it can be seen as it is. */
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

/** Before what is left out and is not complete. */
function visibleEnd(text: string, { unfinished, unfinishedStarts }: View): number {
  const start = Math.max(...unfinishedStarts.map((each) => text.lastIndexOf(each)))
  if (start === -1 || text.length - start > maxUnfinished) return text.length
  return unfinished.test(text.slice(start)) ? start : text.length
}

/** Letters of base64 or hex that line ends part, as `base64` and PEM files write them. */
export interface WrappedLines {
  /** The letters alone. */
  readonly letters: Excerpt
  /** How many stand in the first line. */
  readonly firstLength: number
  /** Where they are in the text, line ends and all. */
  readonly start: number
  readonly end: number
}

/** A shorter line before a line end is a word of ordinary text. */
const minLineLength = 8

/** A line end within JSON within JSON has three backslashes. */
const maxBackslashes = 8

const isLetter = new Uint8Array(65_536)
for (const letter of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_-') {
  isLetter[letter.charCodeAt(0)] = 1
}

/** Every stretch of such lines in the text, in order. Line ends may be escaped: `\n`. */
export function* wrappedLines(text: string): Generator<WrappedLines, void, void> {
  const lineEnds = new LineEnds(text)
  let from = 0
  for (let at = lineEnds.next(0); at < text.length; at = lineEnds.next(Math.max(from, at + 1))) {
    const start = lineStart(text, at, from)
    // What the text begins with may be the end of a line.
    if (start > 0 && at - start < minLineLength) continue
    const found = linesFrom(start, text)
    if (found.end > at) yield found
    from = Math.max(found.end, at)
  }
}

/** Where line ends may be in a text: at `\n`, `\r` and backslashes. */
class LineEnds {
  readonly #text: string
  #newline = -1
  #return = -1
  #backslash = -1

  constructor(text: string) {
    this.#text = text
  }

  /** The first from this place on, which is not before the last one; the text's length if none. */
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
  return { letters: new Excerpt(text, pieces), firstLength, start, end }
}

function lettersEnd(text: string, from: number): number {
  let at = from
  while (at < text.length && isLetter[text.charCodeAt(at)] === 1) at += 1
  return at
}

/** Behind the line ends that stand here, and the white space that the next line begins with. */
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
  // At the end of the text, the letter may still come.
  if (end === text.length) return end
  return text[end] === 'n' || text[end] === 'r' ? end + 1 : at
}
