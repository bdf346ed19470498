export interface Token {
  /** `joint`: a line end that a backslash takes away; `command`: a line that is no code. */
  readonly kind:
    'space' | 'lineEnd' | 'joint' | 'comment' | 'command' | 'string' | 'separator' | 'other'
  readonly text: string
  /** How many brackets are open around it; a bracket itself stands outside of what it encloses. */
  readonly depth: number
}

type Kind = Token['kind']

const space = /[^\S\n]+/y
/** A comment's sign that needs white space before it is none behind one of these. */
const solid = /[^\s;]/

/**
 * The tokens of a source whose lines end with "\n", in order and without a gap. Each character is
 * read once; a string that does not end goes on to the end of its line, or of the source.
 */
export function* tokensOf(source: string, rules: LexicalRules): Generator<Token, void, void> {
  const plain = plainRun(rules)
  let depth = 0
  let isLineStart = true
  for (let at = 0; at < source.length;) {
    const run = matchEnd(plain, source, at)
    const place: Place = { at, isLineStart: isLineStart && depth === 0 }
    const kind: Kind = run > at ? 'other' : kindAt(source, place, rules)
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

/** Of characters that begin nothing but code in the language. */
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

interface Place {
  readonly at: number
  /** Nothing but white space stands before it on its line, and no bracket is open. */
  readonly isLineStart: boolean
}

function kindAt(source: string, { at, isLineStart }: Place, rules: LexicalRules): Kind {
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
    return behind(source, block.close, at + block.open.length)
  },
  string: (source, at, rules) => {
    const raw = rawStringAt(source, at, rules)
    if (raw !== null) return behind(source, raw.close, raw.from)
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

function behind(source: string, close: string, from: number): number {
  const at = source.indexOf(close, from)
  return at === -1 ? source.length : at + close.length
}

/** Behind what the pattern finds at this very place, else the place itself. */
function matchEnd(pattern: RegExp, source: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(source) ? pattern.lastIndex : at
}

/** What has to be known of a language to tell its statements apart, without its grammar. */
export interface LexicalRules {
  /** What begins a comment that ends with its line. */
  readonly comments: readonly string[]
  /** Such a comment begins a line or stands behind white space. */
  readonly commentsNeedSpace?: true
  readonly blockComments?: readonly BlockComment[]
  /** The longer ones first: the first that fits is taken. */
  readonly strings: readonly StringRule[]
  /** Strings whose end depends on how they begin. */
  readonly rawStrings?: RawStringRule
  /** What ends a statement beside its line; `;` where nothing is said. */
  readonly separators?: readonly string[]
  /** Where assignments differ from what most languages share. */
  readonly assignments?: AssignmentRules
  /** Lines that begin with one of these are commands to the kernel, as IPython's magics are. */
  readonly commandLines?: readonly string[]
}

export interface BlockComment {
  readonly open: string
  readonly close: string
}

export interface RawStringRule {
  /** What it may begin with. */
  readonly starts: readonly string[]
  /** The whole beginning; sticky. */
  readonly open: RegExp
  readonly closeOf: (open: RegExpExecArray) => string
  /** Behind such a character it is none: a name may end with the letter that it begins with. */
  readonly notAfter: RegExp
}

export interface AssignmentRules {
  /** Finds every sign between a name and its value; global. */
  readonly operator?: RegExp
  /** The same between a value and its name: R's `5 -> x`. */
  readonly rightwards?: RegExp
  /** `a = b = 1` sets two names. */
  readonly chained?: true
  /** What stands between several of one statement: `let a = 1, b = 2`, `export a=1 b=2`. */
  readonly between?: 'comma' | 'space'
}

interface StringRule {
  readonly open: string
  readonly close: string
  /** The character that takes the next one's meaning away. */
  readonly escape?: '\\' | '`'
  /** A doubled quote stands for one; left out where it may as well be taken for two strings. */
  readonly isDoubled?: true
  /** Whether it may go over several lines; otherwise it ends with its line at the latest. */
  readonly multiline?: true
  /** Behind such a character the quote is an operator: MATLAB's `x'`. */
  readonly notAfter?: RegExp
}

const double: StringRule = { open: '"', close: '"', escape: '\\' }
const single: StringRule = { open: "'", close: "'", escape: '\\' }
const tripleDouble: StringRule = { open: '"""', close: '"""', escape: '\\', multiline: true }
const tripleSingle: StringRule = { open: "'''", close: "'''", escape: '\\', multiline: true }
const verbatim: StringRule = { open: '@"', close: '"', multiline: true }
const operand = /[\p{L}\p{Nd}_)\]}'.]/u
const slashes = { comments: ['//'], blockComments: [{ open: '/*', close: '*/' }] }

export const pythonRules: LexicalRules = {
  comments: ['#'],
  strings: [tripleDouble, tripleSingle, double, single],
  commandLines: ['%', '!', '?'],
}

/** `r"(text)"`, `R'---[text]---'`. */
const rRawStrings: RawStringRule = {
  starts: ['r"', "r'", 'R"', "R'"],
  open: /[rR](["'])(-*)([([{])/y,
  closeOf: ([, quote = '', dashes = '', bracket = '']) => {
    return `${closingBrackets.get(bracket) ?? ''}${dashes}${quote}`
  },
  notAfter: /[\p{L}\p{Nd}_.]/u,
}
const closingBrackets: ReadonlyMap<string, string> = new Map([
  ['(', ')'],
  ['[', ']'],
  ['{', '}'],
])

/** By the translator's name of the language. */
export const lexicalRules: ReadonlyMap<string, LexicalRules> = new Map<string, LexicalRules>([
  ['Python', pythonRules],
  [
    'R',
    {
      comments: ['#'],
      strings: [double, single, { open: '`', close: '`' } as const].map(overLines),
      rawStrings: rRawStrings,
      assignments: {
        operator: /<?<-|(?<![=!<>])=(?!=)/g,
        rightwards: /->>?/g,
        chained: true,
      },
    },
  ],
  [
    'Julia',
    {
      comments: ['#'],
      blockComments: [{ open: '#=', close: '=#' }],
      strings: [tripleDouble, overLines(double), { ...single, notAfter: operand }],
      assignments: { chained: true },
    },
  ],
  [
    'MATLAB',
    {
      comments: ['%'],
      separators: [';', ','],
      strings: [
        { open: '"', close: '"' },
        { open: "'", close: "'", isDoubled: true, notAfter: operand },
      ],
    },
  ],
  ['Scala', { ...slashes, strings: [tripleDouble, double, single] }],
  [
    'C#',
    {
      ...slashes,
      strings: [tripleDouble, verbatim, double, single],
      assignments: { chained: true, between: 'comma' },
    },
  ],
  [
    'F#',
    {
      comments: ['//'],
      blockComments: [{ open: '(*', close: '*)' }],
      strings: [tripleDouble, verbatim, overLines(double)],
    },
  ],
  [
    'PowerShell',
    {
      comments: ['#'],
      blockComments: [{ open: '<#', close: '#>' }],
      strings: [
        { open: '@"\n', close: '\n"@', multiline: true },
        { open: "@'\n", close: "\n'@", multiline: true },
        { open: '"', close: '"', escape: '`', multiline: true },
        { open: "'", close: "'", multiline: true },
      ],
    },
  ],
  [
    'bash',
    {
      comments: ['#'],
      commentsNeedSpace: true,
      assignments: { between: 'space' },
      strings: [
        { open: "$'", close: "'", escape: '\\', multiline: true },
        overLines(double),
        { open: "'", close: "'", multiline: true },
      ],
    },
  ],
  [
    'TypeScript',
    {
      ...slashes,
      strings: [double, single, { ...overLines(double), open: '`', close: '`' }],
      assignments: { chained: true, between: 'comma' },
    },
  ],
])

/** For a language that is not known. */
export const commonRules: LexicalRules = {
  comments: ['#', '//', '%'],
  commentsNeedSpace: true,
  strings: [double],
}

function overLines(rule: StringRule): StringRule {
  return { ...rule, multiline: true }
}
