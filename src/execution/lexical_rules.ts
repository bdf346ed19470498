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

export interface StringRule {
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
