import { RunError } from '../errors.ts'
import { nearest } from '../nearest.ts'
import { quoted } from '../quoted.ts'
import type { FinishedRun } from './finished_run.ts'
import { flagOf, optionOf } from './flags.ts'
import { splitWords } from './words.ts'

const values = {
  notebook: (run: FinishedRun) => run.notebook,
  run_id: (run: FinishedRun) => run.runId,
  result: (run: FinishedRun) => run.result,
  output: (run: FinishedRun) => run.output,
} as const

/**
 * The words of NBTRIGGER_NEXT, in which the values of `-p` and `-r` are filled in from the report.
 * They are split first, so that what a report holds is one word, and never more than a value.
 */
export function nextWords(next: string, run: FinishedRun): readonly string[] {
  const words = splitWords(next)
  return words.map((word, at) => (isParameterValue(words, at) ? filledIn(word, run) : word))
}

/** Behind `-p NAME`, or behind `-p=NAME`. */
function isParameterValue(words: readonly string[], at: number): boolean {
  const [flag = '', name = ''] = words.slice(Math.max(at - 2, 0), at)
  return (takesName(flag) && !flag.includes('=')) || (takesName(name) && name.includes('='))
}

function takesName(word: string): boolean {
  const name = word.startsWith('-') ? optionOf(word)?.name : undefined
  return name === 'parameter' || name === 'raw'
}

function filledIn(word: string, run: FinishedRun): string {
  const filled = word.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    if (isValueName(name)) return values[name](run)
    throw unknownName(name)
  })
  if (filled === word || optionOf(filled) === null) return filled
  const reason = `a parameter's value would be the flag ${quoted(flagOf(filled))}`
  throw invalid(`Cannot run what comes next: ${reason}`)
}

function isValueName(name: string): name is keyof typeof values {
  return Object.hasOwn(values, name)
}

function unknownName(name: string): RunError {
  const names = Object.keys(values)
  const close = nearest(name, names)
  const hint = close === null ? `there are {${names.join('}, {')}}` : `did you mean "{${close}}"?`
  return invalid(`Cannot fill in ${quoted(`{${name}}`)} in NBTRIGGER_NEXT: ${hint}`)
}

function invalid(message: string): RunError {
  return new RunError('ARGUMENTS_INVALID', message)
}
