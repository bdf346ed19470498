import { RunError } from '../errors.ts'
import { flagOf, optionOf } from './flags.ts'
import type { OptionName } from './options.ts'
import { quoted } from '../quoted.ts'

/** What the options that may be given several times were given: for each time, its values. */
export type Repeated = ReadonlyMap<OptionName, readonly (readonly string[])[]>

export interface Taken {
  /** The words without those values, but with the flags that they belong to. */
  readonly rest: readonly string[]
  readonly repeated: Repeated
}

/** Takes the values of repeatable options out of the words: "-5" and "—" are values like any other. */
export function takeRepeated(words: readonly string[]): Taken {
  const rest: string[] = []
  const repeated = new Map<OptionName, (readonly string[])[]>()
  const end = words.includes('--') ? words.indexOf('--') : words.length
  let at = 0
  while (at < end) {
    const word = words[at++] ?? ''
    const option = optionOf(word)
    rest.push(option?.repeatable ? flagOf(word) : word)
    if (!option?.repeatable) continue
    const names = option.argument?.split(' ') ?? []
    const behind = word.includes('=') ? [word.slice(word.indexOf('=') + 1)] : []
    const next = words.slice(at, Math.min(end, at + names.length - behind.length))
    at += next.length
    checkValues(word, next, names.slice(behind.length))
    if (!repeated.has(option.name)) repeated.set(option.name, [])
    repeated.get(option.name)?.push([...behind, ...next])
  }
  return { rest: [...rest, ...words.slice(end)], repeated }
}

/** Refuses a value that is not there, and a flag in its place. */
function checkValues(word: string, values: readonly string[], names: readonly string[]): void {
  for (const [place, name] of names.entries()) {
    const value = values[place]
    if (value === undefined) throw invalid(word, `its ${name} is missing; write it after the flag`)
    if (optionOf(value) === null) continue
    const reason = `its ${name} would be the flag ${quoted(flagOf(value))}`
    throw invalid(word, `${reason}; if it is meant so, give it with --yaml`)
  }
}

function invalid(word: string, reason: string): RunError {
  const message = `Cannot read the argument ${quoted(flagOf(word))}: ${reason}`
  return new RunError('ARGUMENTS_INVALID', message)
}
