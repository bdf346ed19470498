/** What has to be known of a language to tell its statements apart, without its grammar. */
export interface LexicalRules {
  /** What begins a comment that ends with its line. */
  readonly comments: readonly string[]
  /** Such a comment begins a line or stands behind white space. */
  readonly commentsNeedSpace?: true
  readonly blockComments?: readonly BlockComment[]
  /** The longer ones first: the first that fits is taken. */
  readonly strings: readonly StringRule[]
  /** Lines that begin with one of these are commands to the kernel, as IPython's magics are. */
  readonly commandLines?: readonly string[]
}

export interface BlockComment {
  readonly open: string
  readonly close: string
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

/** By the translator's name of the language. */
export const lexicalRules: ReadonlyMap<string, LexicalRules> = new Map<string, LexicalRules>([
  ['Python', pythonRules],
  [
    'R',
    {
      comments: ['#'],
      strings: [double, single, { open: '`', close: '`' } as const].map(overLines),
    },
  ],
  [
    'Julia',
    {
      comments: ['#'],
      blockComments: [{ open: '#=', close: '=#' }],
      strings: [tripleDouble, overLines(double), { ...single, notAfter: operand }],
    },
  ],
  [
    'MATLAB',
    {
      comments: ['%'],
      strings: [
        { open: '"', close: '"' },
        { open: "'", close: "'", isDoubled: true, notAfter: operand },
      ],
    },
  ],
  ['Scala', { ...slashes, strings: [tripleDouble, double, single] }],
  ['C#', { ...slashes, strings: [tripleDouble, verbatim, double, single] }],
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
      strings: [
        { open: "$'", close: "'", escape: '\\', multiline: true },
        overLines(double),
        { open: "'", close: "'", multiline: true },
      ],
    },
  ],
  [
    'TypeScript',
    { ...slashes, strings: [double, single, { ...overLines(double), open: '`', close: '`' }] },
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
