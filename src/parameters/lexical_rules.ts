/** What separates the statements of a language, without its grammar. */
export interface LexicalRules {
  /** The beginnings of a comment that ends with its line. */
  readonly comments: readonly string[]
  /** Such a comment is at the beginning of a line or after white space. */
  readonly commentsNeedSpace?: true
  readonly blockComments?: readonly BlockComment[]
  /** Longer beginnings first: the first that matches counts. */
  readonly strings: readonly StringRule[]
  /** Strings whose end depends on how they begin. */
  readonly rawStrings?: RawStringRule
  /** What ends a statement, besides the end of its line; `;` by default. */
  readonly separators?: readonly string[]
  /** How assignments differ from those of most languages. */
  readonly assignments?: AssignmentRules
  /** Lines that begin with one of these are commands to the kernel, as IPython's magics are. */
  readonly commandLines?: readonly string[]
}

export interface BlockComment {
  readonly open: string
  readonly close: string
}

export interface RawStringRule {
  /** Its possible beginnings. */
  readonly starts: readonly string[]
  /** The whole beginning; sticky. */
  readonly open: RegExp
  readonly closeOf: (open: RegExpExecArray) => string
  /** Not after such a character: a name may end with the letter that the string begins with. */
  readonly notAfter: RegExp
}

export interface AssignmentRules {
  /** Finds every sign between a name and its value; global. */
  readonly operator?: RegExp
  /** The same between a value and its name: R's `5 -> x`. */
  readonly rightwards?: RegExp
  /** `a = b = 1` sets two names. */
  readonly chained?: true
  /** What separates several assignments of one statement: `let a = 1, b = 2`, `export a=1 b=2`. */
  readonly between?: 'comma' | 'space'
}

export interface StringRule {
  readonly open: string
  readonly close: string
  /** The character that escapes the next one. */
  readonly escape?: '\\' | '`'
  /** A doubled quote stands for one; not needed where it may be read as two strings as well. */
  readonly isDoubled?: true
  /** It may span several lines; otherwise it ends with its line at the latest. */
  readonly multiline?: true
  /** After such a character the quote is an operator: MATLAB's `x'`. */
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
      strings: [double, single, { open: '`', close: '`' } as const].map(spanningLines),
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
      strings: [tripleDouble, spanningLines(double), { ...single, notAfter: operand }],
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
      strings: [tripleDouble, verbatim, spanningLines(double)],
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
        spanningLines(double),
        { open: "'", close: "'", multiline: true },
      ],
    },
  ],
  [
    'TypeScript',
    {
      ...slashes,
      strings: [double, single, { ...spanningLines(double), open: '`', close: '`' }],
      assignments: { chained: true, between: 'comma' },
    },
  ],
])

/** For an unknown language. */
export const commonRules: LexicalRules = {
  comments: ['#', '//', '%'],
  commentsNeedSpace: true,
  strings: [double],
}

function spanningLines(rule: StringRule): StringRule {
  return { ...rule, multiline: true }
}
