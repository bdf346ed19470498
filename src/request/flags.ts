import { RunError } from '../errors.ts'
import { nearest } from '../nearest.ts'
import { options, type OptionName } from './options.ts'
import { codePointName, quoted } from '../quoted.ts'

type KnownOption = (typeof options)[number]

const known: ReadonlyMap<string, KnownOption> = new Map(
  options.flatMap((option) => flagsOf(option).map((flag) => [flag, option])),
)

const disguised = /^(?!-)[\p{Pd}\u2212]/u

/**
 * The options that the words give, each with its flag as it was typed. A word that looks like a flag
 * and is none is refused here, so that it is never taken for another option's value.
 */
export function readFlags(words: readonly string[]): ReadonlyMap<OptionName, string> {
  const given = new Map<OptionName, string>()
  const end = words.indexOf('--')
  for (const word of end === -1 ? words : words.slice(0, end)) {
    if (disguised.test(word)) throw refusedDash(word)
    if (!/^-\D/.test(word)) continue
    const { name, repeatable } = readOption(word)
    const flag = flagOf(word)
    if (given.has(name) && !repeatable) throw invalid(flag, 'it is given twice; keep one of them')
    given.set(name, flag)
  }
  return given
}

/** The option whose flag the word is, with or without a value behind "="; null for any other word. */
export function optionOf(word: string): KnownOption | null {
  return known.get(flagOf(word)) ?? null
}

export function unknownFlag(word: string): RunError {
  const flag = flagOf(word)
  const close = nearest(flag, [...known.keys()])
  const hint = close === null ? 'see "nbtrigger --help"' : `did you mean "${close}"?`
  return invalid(flag, `there is no such option; ${hint}`)
}

function readOption(word: string): KnownOption {
  const option = optionOf(word)
  if (option === null) throw unknownFlag(word)
  if (option.argument === undefined && word.includes('=')) {
    throw invalid(flagOf(word), 'it takes no value; leave it out to turn it off')
  }
  return option
}

function refusedDash(word: string): RunError {
  const [dash = ''] = word
  const close = nearest(flagOf(word), [...known.keys()])
  const hint = `write ${close === null ? '"-" or "--"' : `"${close}"`}, or put "--" before a name`
  return invalid(word, `it begins with ${quoted(dash)} (${codePointName(dash)}), not "-"; ${hint}`)
}

function flagsOf({ name, alias, synonyms = [] }: KnownOption): string[] {
  const long = [name, ...synonyms].map((spelling) => `--${spelling}`)
  return alias === undefined ? long : [...long, `-${alias}`]
}

/** The flag alone: what is behind "=" may be a secret. */
export function flagOf(word: string): string {
  return word.split('=', 1)[0] ?? word
}

function invalid(word: string, reason: string): RunError {
  return new RunError('ARGUMENTS_INVALID', `Cannot read the argument ${quoted(word)}: ${reason}`)
}
