import parse from 'yargs-parser'
import { RunError, type RunErrorOptions } from '../errors.ts'
import { closestString } from '../util/closest_string.ts'
import { lookalikeReason } from '../util/lookalikes.ts'
import { codePointName, quoteForError, quoteAddress } from '../util/text.ts'
import { type OptionName, options, options as table } from './options.ts'

/** What the words say, taken apart but not yet understood. */
export interface Arguments {
  readonly positionals: readonly string[]
  /** The options given; the value of one that takes none, or is in `repeated`, is empty. */
  readonly options: ReadonlyMap<OptionName, string>
  readonly repeated: Repeated
}

const single = table.filter(({ argument, repeatable }) => argument && !repeatable)

const settings: parse.Options = {
  string: ['_', ...single.map(({ name }) => name)],
  narg: Object.fromEntries(table.map((option) => [option.name, single.includes(option) ? 1 : 0])),
  alias: Object.fromEntries(
    table.map(({ name, alias, synonyms = [] }) => [name, alias ? [alias, ...synonyms] : []]),
  ),
  configuration: {
    'unknown-options-as-args': true,
    'boolean-negation': false,
    'camel-case-expansion': false,
    'dot-notation': false,
    'parse-numbers': false,
    'parse-positional-numbers': false,
    'duplicate-arguments-array': false,
    'populate--': true,
  },
}

export function parseArguments(words: readonly string[]): Arguments {
  const { rest, repeated } = takeRepeated(words)
  const given = readFlags(rest)
  const parsed = parse([...rest], settings)
  const values = new Map<OptionName, string>()
  for (const [name, flag] of given) values.set(name, readValue(flag, parsed[name]))
  if (values.has('kernel') && values.has('kernel-id')) {
    const reason = 'a kernel that is there already has its name'
    throw invalidArguments(`Cannot use "--kernel" together with "--kernel-id": ${reason}`, {
      advice: 'keep one of them',
    })
  }
  return { positionals: readPositionals(parsed), options: values, repeated }
}

/** What `--help` or `--version` asks for, whatever else is wrong with the words. */
export function informationAsked(words: readonly string[]): 'help' | 'version' | null {
  const asked = words.find((word) => ['--help', '--version', '--'].includes(word))
  if (asked === '--help') return 'help'
  return asked === '--version' ? 'version' : null
}

function readValue(flag: string, value: unknown): string {
  if (value === true) return ''
  if (typeof value === 'string' && !['', '-', '--'].includes(value)) return value
  throw invalidArguments(`Cannot read the argument "${flag}": its value is missing`, {
    advice: 'write it after the flag',
  })
}

function readPositionals({ _: before, '--': after = [] }: parse.Arguments): readonly string[] {
  const words = before.map(String)
  const dashed = words.find((word) => word.startsWith('-'))
  if (dashed !== undefined) throw unknownFlag(dashed)
  const positionals = [...words, ...after.map(String)]
  const [, , third] = positionals
  if (third === undefined) return positionals
  // Quotes of another kind hold no words together.
  const lookalike = positionals.map(lookalikeReason).find((reason) => reason !== null)
  const cannot = `Cannot read the argument ${quoteAddress(third)}`
  const reason = 'the host and the notebook are given before it'
  throw lookalike
    ? invalidArguments(`${cannot}: ${reason}; in the words, ${lookalike.what}`, lookalike)
    : invalidArguments(`${cannot}: ${reason}`, { advice: 'put quotes around a path with spaces' })
}

function invalidArguments(what: string, options: RunErrorOptions = {}): RunError {
  return new RunError('ARGUMENTS_INVALID', what, options)
}

type KnownOption = (typeof options)[number]

const known: ReadonlyMap<string, KnownOption> = new Map(
  options.flatMap((option) => flagsOf(option).map((flag) => [flag, option])),
)

const disguised = /^(?!-)[\p{Pd}\u2212]/u

/**
 * The options that the words give, each with its flag as it was typed. A word that looks like a flag
 * and is none is refused here, so that it is never taken for another option's value.
 */
function readFlags(words: readonly string[]): ReadonlyMap<OptionName, string> {
  const given = new Map<OptionName, string>()
  const end = words.indexOf('--')
  for (const word of end === -1 ? words : words.slice(0, end)) {
    if (disguised.test(word)) throw refusedDash(word)
    if (!/^-\D/.test(word)) continue
    const { name, repeatable } = readOption(word)
    const flag = flagOf(word)
    if (given.has(name) && !repeatable)
      throw invalidArgument(flag, 'it is given twice', { advice: 'keep one of them' })
    given.set(name, flag)
  }
  return given
}

/** The option whose flag the word is, with or without a value behind "="; null for any other word. */
export function optionOf(word: string): KnownOption | null {
  return known.get(flagOf(word)) ?? null
}

function unknownFlag(word: string): RunError {
  const flag = flagOf(word)
  const close = closestString(flag, [...known.keys()])
  const hint = close === null ? 'see "nbtrigger --help"' : `did you mean "${close}"?`
  return invalidArgument(flag, 'there is no such option', { advice: hint })
}

function readOption(word: string): KnownOption {
  const option = optionOf(word)
  if (option === null) throw unknownFlag(word)
  if (option.argument === undefined && word.includes('=')) {
    throw invalidArgument(flagOf(word), 'it takes no value', {
      advice: 'leave it out to turn it off',
    })
  }
  return option
}

function refusedDash(word: string): RunError {
  const [dash = ''] = word
  const close = closestString(flagOf(word), [...known.keys()])
  const hint = `write ${close === null ? '"-" or "--"' : `"${close}"`}, or put "--" before a name`
  return invalidArgument(
    word,
    `it begins with ${quoteForError(dash)} (${codePointName(dash)}), not "-"`,
    { advice: hint },
  )
}

function flagsOf({ name, alias, synonyms = [] }: KnownOption): string[] {
  const long = [name, ...synonyms].map((spelling) => `--${spelling}`)
  return alias === undefined ? long : [...long, `-${alias}`]
}

/** The flag alone: what is behind "=" may be a secret. */
export function flagOf(word: string): string {
  return word.split('=', 1)[0] ?? word
}

function invalidArgument(word: string, reason: string, options: RunErrorOptions = {}): RunError {
  return new RunError(
    'ARGUMENTS_INVALID',
    `Cannot read the argument ${quoteForError(word)}: ${reason}`,
    options,
  )
}

/** What the options that may be given several times were given: for each time, its values. */
export type Repeated = ReadonlyMap<OptionName, readonly (readonly string[])[]>

export interface Taken {
  /** The words without those values, but with the flags that they belong to. */
  readonly rest: readonly string[]
  readonly repeated: Repeated
}

/** Takes the values of repeatable options out of the words: "-5" and "—" are values like any other. */
function takeRepeated(words: readonly string[]): Taken {
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
    if (value === undefined)
      throw invalidFlag(word, `its ${name} is missing`, { advice: 'write it after the flag' })
    if (optionOf(value) === null) continue
    const reason = `its ${name} would be the flag ${quoteForError(flagOf(value))}`
    throw invalidFlag(word, reason, { advice: 'if it is meant so, give it with --yaml' })
  }
}

function invalidFlag(word: string, reason: string, options: RunErrorOptions = {}): RunError {
  const message = `Cannot read the argument ${quoteForError(flagOf(word))}: ${reason}`
  return new RunError('ARGUMENTS_INVALID', message, options)
}

/** Whether a flag that takes no value stands among the words, readable or not as they may be. */
export function hasFlag(
  words: readonly string[],
  flag: `--${'json' | 'verbose' | 'help-notebook'}`,
): boolean {
  const end = words.indexOf('--')
  return (end === -1 ? words : words.slice(0, end)).includes(flag)
}
