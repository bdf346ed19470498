import { invalidArguments, type RunError } from '../errors.ts'
import { flagOf, optionOf } from '../request/argv.ts'
import { splitWords } from '../request/shell_words.ts'
import { closestString } from '../util/closest_string.ts'
import { field, textOf } from '../util/record.ts'
import { quoteForError } from '../util/text.ts'

/** What the next run needs of a published report. */
export interface PublishedRun {
  readonly outcome: string
  readonly notebook: string
  readonly runId: string
  /** The result as plain text, a string without its quotes; empty when there is none. */
  readonly result: string
  /** The first address at which the executed notebook was saved; empty when there is none. */
  readonly output: string
}

/**
 * Reads the text of a message as a run's report; "sweep" for the report of runs for several sets of
 * parameters, null for anything else.
 */
export function readPublished(text: string): PublishedRun | 'sweep' | null {
  const report = parsed(text)
  const event = field(report, 'event')
  if (event === 'sweep_finished') return 'sweep'
  if (event !== 'run_finished') return null
  const outputs = field(report, 'outputs')
  const [output]: readonly unknown[] = Array.isArray(outputs) ? outputs : []
  return {
    outcome: textOf(report, 'outcome') ?? '',
    notebook: textOf(report, 'notebook') ?? '',
    runId: textOf(report, 'runId') ?? '',
    result: resultText(textOf(field(field(report, 'result'), 'data'), 'text/plain') ?? ''),
    output: typeof output === 'string' ? output : '',
  }
}

function parsed(text: string): unknown {
  if (!text.trimStart().startsWith('{')) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Escape sequences in the literals that kernels show as values. */
const escapes = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([^]))/g

const controls: ReadonlyMap<string, string> = new Map([
  ...['\\', "'", '"'].map((sign) => [sign, sign] as const),
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['b', '\b'],
  ['f', '\f'],
  ['v', '\v'],
])

/**
 * The text of a result's text/plain. A string that was the value of the last line is shown as a literal
 * (`'it'`, in R `[1] "it"`), and printed text ends with a line break: both are removed. Anything else,
 * such as a number or a list, is left unchanged.
 */
export function resultText(shown: string): string {
  if (shown.endsWith('\n')) return shown.replace(/\r?\n$/, '')
  const literal = shown.startsWith('[1] "') ? shown.slice('[1] '.length) : shown
  return readLiteral(literal) ?? shown
}

/** null for text that is not a single literal. */
function readLiteral(text: string): string | null {
  const quote = text.charAt(0)
  if (!["'", '"'].includes(quote) || text.length < 2 || !text.endsWith(quote)) return null
  const inner = text.slice(1, -1)
  const unescaped = inner.replaceAll(escapes, '')
  if ([quote, '\\', '\n', '\r'].some((sign) => unescaped.includes(sign))) return null
  const characters = Array.from(inner.matchAll(escapes), characterOf)
  if (characters.includes(null)) return null
  let at = 0
  const read = inner.replaceAll(escapes, () => characters[at++] ?? '')
  return /\p{Cs}/u.test(read) ? null : read
}

/** null for an escape that no kernel writes. */
function characterOf([, byte, short, long, sign = '']: RegExpExecArray): string | null {
  const hex = byte ?? short ?? long
  if (hex === undefined) return controls.get(sign) ?? null
  const codePoint = Number.parseInt(hex, 16)
  return codePoint <= 0x10ffff ? String.fromCodePoint(codePoint) : null
}

const values = {
  notebook: (run: PublishedRun) => run.notebook,
  run_id: (run: PublishedRun) => run.runId,
  result: (run: PublishedRun) => run.result,
  output: (run: PublishedRun) => run.output,
} as const

/**
 * The arguments of NBTRIGGER_NEXT, in which the values of `-p` and `-r` are filled in from the report.
 * The text is split first, so that what a report holds stays one value. Throws ARGUMENTS_INVALID for
 * a value that there is not, and for one that would be read as a flag.
 */
export function nextArgs(next: string, run: PublishedRun): readonly string[] {
  const args = splitWords(next)
  return args.map((arg, at) => (isParameterValue(args, at) ? filledIn(arg, run) : arg))
}

/** Behind `-p NAME`, or behind `-p=NAME`. */
function isParameterValue(args: readonly string[], at: number): boolean {
  const [flag = '', name = ''] = args.slice(Math.max(at - 2, 0), at)
  return (takesName(flag) && !flag.includes('=')) || (takesName(name) && name.includes('='))
}

function takesName(arg: string): boolean {
  const name = arg.startsWith('-') ? optionOf(arg)?.name : undefined
  return name === 'parameter' || name === 'raw'
}

function filledIn(arg: string, run: PublishedRun): string {
  const filled = arg.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    if (isValueName(name)) return values[name](run)
    throw unknownName(name)
  })
  if (filled === arg || optionOf(filled) === null) return filled
  const reason = `a parameter's value would be the flag ${quoteForError(flagOf(filled))}`
  throw invalidArguments(`Cannot run what comes next: ${reason}`, {
    advice: 'put text before it, as in "-r after run:{result}"',
  })
}

function isValueName(name: string): name is keyof typeof values {
  return Object.hasOwn(values, name)
}

function unknownName(name: string): RunError {
  const names = Object.keys(values)
  const close = closestString(name, names)
  const advice =
    close === null ? `write {${names.join('}, {')}} or nothing` : `did you mean "{${close}}"?`
  const what = `Cannot fill in ${quoteForError(`{${name}}`)} in NBTRIGGER_NEXT: there is no such value`
  return invalidArguments(what, { advice })
}
