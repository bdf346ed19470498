import type { LexicalRules, StringRule } from './lexical_rules.ts'

export interface Token {
  /** `joint`: an escaped line end; `command`: a line for the kernel that is not code. */
  readonly kind:
    'space' | 'lineEnd' | 'joint' | 'comment' | 'command' | 'string' | 'separator' | 'other'
  readonly text: string
  /** How many brackets are open around the token; a bracket is outside of what it encloses. */
  readonly depth: number
}

type Kind = Token['kind']

const space = /[^\S\n]+/y
/** Where comments need white space before them, none begins after such a character. */
const solid = /[^\s;]/

/**
 * The tokens of a source whose lines end with "\n", in order and without gaps. Each character is read
 * once; an unterminated string extends to the end of its line, or of the source.
 */
export function* tokensOf(source: string, rules: LexicalRules): Generator<Token, void, void> {
  const plain = plainRun(rules)
  let depth = 0
  let isLineStart = true
  for (let at = 0; at < source.length;) {
    const run = matchEnd(plain, source, at)
    const position: Position = { at, isLineStart: isLineStart && depth === 0 }
    const kind: Kind = run > at ? 'other' : kindAt(source, position, rules)
    const end = run > at ? run : ends[kind](source, at, rules)
    const text = source.slice(at, end)
    if (kind === 'other' && closing.has(text)) depth = Math.max(0, depth - 1)
    yield { kind, text, depth }
    if (kind === 'other' && opening.has(text)) depth += 1
    isLineStart = kind === 'lineEnd' || (isLineStart && kind === 'space')
    at = end
  }
}

const defaultSeparators: readonly string[] = [';']
const opening = new Set('([{')
const closing = new Set(')]}')

/** Matches a run of characters that begin nothing but code in the language. */
function plainRun({
  comments,
  blockComments = [],
  strings,
  rawStrings,
  separators = defaultSeparators,
  commandLines = [],
}: LexicalRules): RegExp {
  const opens = [...blockComments, ...strings].map(({ open }) => open)
  const all = [...comments, ...commandLines, ...separators, ...opens, ...(rawStrings?.starts ?? [])]
  const starts = all.map((start) => start.charAt(0))
  return new RegExp(`[^\\s()[\\]{}\\\\${starts.join('')}]+`, 'y')
}

interface Position {
  readonly at: number
  /** Only white space is before it on its line, and no bracket is open. */
  readonly isLineStart: boolean
}

function kindAt(source: string, { at, isLineStart }: Position, rules: LexicalRules): Kind {
  const char = source[at] ?? ''
  if (char === '\n') return 'lineEnd'
  if (/\s/.test(char)) return 'space'
  if (source.startsWith('\\\n', at)) return 'joint'
  if (isLineStart && startOf(source, at, rules.commandLines ?? []) !== undefined) return 'command'
  if (blockAt(source, at, rules) !== undefined) return 'comment'
  if (isComment(source, at, rules)) return 'comment'
  if (stringAt(source, at, rules) !== undefined) return 'string'
  if (rawStringAt(source, at, rules) !== null) return 'string'
  return (rules.separators ?? defaultSeparators).includes(char) ? 'separator' : 'other'
}

type End = (source: string, at: number, rules: LexicalRules) => number

const ends: Readonly<Record<Kind, End>> = {
  space: (source, at) => Math.max(at + 1, matchEnd(space, source, at)),
  lineEnd: (_, at) => at + 1,
  joint: (_, at) => at + 2,
  command: lineEnd,
  comment: (source, at, rules) => {
    const block = blockAt(source, at, rules)
    if (block === undefined) return lineEnd(source, at)
    return endAfter(source, block.close, at + block.open.length)
  },
  string: (source, at, rules) => {
    const raw = rawStringAt(source, at, rules)
    if (raw !== null) return endAfter(source, raw.close, raw.from)
    const rule = stringAt(source, at, rules)
    return rule === undefined ? at + 1 : endOfString(source, at, rule)
  },
  separator: (_, at) => at + 1,
  other: (_, at) => at + 1,
}

function endOfString(source: string, at: number, rule: StringRule): number {
  const { open, close, escape, isDoubled, multiline } = rule
  for (let place = at + open.length; place < source.length; place++) {
    if (isDoubled === true && source.startsWith(close + close, place)) place += 1
    else if (source.startsWith(close, place)) return place + close.length
    else if (source[place] === escape) place += 1
    else if (source[place] === '\n' && multiline !== true) return place
  }
  return source.length
}

function isComment(source: string, at: number, rules: LexicalRules): boolean {
  if (startOf(source, at, rules.comments) === undefined) return false
  return rules.commentsNeedSpace !== true || !solid.test(source[at - 1] ?? ' ')
}

function blockAt(source: string, at: number, { blockComments = [] }: LexicalRules) {
  return blockComments.find(({ open }) => source.startsWith(open, at))
}

function stringAt(source: string, at: number, { strings }: LexicalRules): StringRule | undefined {
  return strings.find(
    ({ open, notAfter }) =>
      source.startsWith(open, at) && notAfter?.test(source[at - 1] ?? '') !== true,
  )
}

function rawStringAt(
  source: string,
  at: number,
  { rawStrings }: LexicalRules,
): { readonly close: string; readonly from: number } | null {
  if (rawStrings === undefined || startOf(source, at, rawStrings.starts) === undefined) return null
  const { open, closeOf, notAfter } = rawStrings
  if (notAfter.test(source[at - 1] ?? ' ')) return null
  open.lastIndex = at
  const found = open.exec(source)
  return found === null ? null : { close: closeOf(found), from: open.lastIndex }
}

export function startOf(source: string, at: number, starts: readonly string[]): string | undefined {
  return starts.find((start) => source.startsWith(start, at))
}

function lineEnd(source: string, at: number): number {
  const end = source.indexOf('\n', at)
  return end === -1 ? source.length : end
}

function endAfter(source: string, close: string, from: number): number {
  const at = source.indexOf(close, from)
  return at === -1 ? source.length : at + close.length
}

/** The end of the match that begins at `at`, which is a sticky pattern's; `at` without a match. */
function matchEnd(pattern: RegExp, source: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(source) ? pattern.lastIndex : at
}
