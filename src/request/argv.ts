import parse from 'yargs-parser'
import { asRunError, RunError } from '../errors.ts'
import { isSourceAddress } from '../sources/sources.ts'
import { closestString } from '../util/closest_string.ts'
import { lookalikeReason } from '../util/lookalikes.ts'
import { codePointName, quoteForError, quoteAddress } from '../util/text.ts'
import { InputError } from './input_error.ts'
import { isRepeatable, type Option, type OptionName, allOptions, type Pair } from './options.ts'
import { createOptions, type OptionValue, type RunOptions } from './run_options.ts'

const single = allOptions.filter((option) => option.argument && !isRepeatable(option))

/** Flags of papermill that ask for what is done anyway. */
const redundantFlags: ReadonlySet<string> = new Set([
  '--no-log-output',
  '--progress-bar',
  '--prepare-execute',
  '--no-report-mode',
  '--not-report-mode',
  '--request-save-on-cell-execute',
])

const settings: parse.Options = {
  string: ['_', ...single.map(({ name }) => name)],
  narg: Object.fromEntries([
    ...allOptions.map((option) => [option.name, single.includes(option) ? 1 : 0]),
    ...Array.from(redundantFlags, (flag) => [flag.slice('--'.length), 0]),
  ]),
  alias: Object.fromEntries(
    allOptions.map(({ name, alias, synonyms = [] }) => [
      name,
      [...(alias === undefined ? [] : [alias]), ...synonyms],
    ]),
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

/**
 * Parses the arguments of a command line, or of a message. Throws ARGUMENTS_INVALID, as an
 * InputError, for what cannot be understood; whether the values make sense is checked later, by
 * `createRunRequest()`.
 */
export function parseArgv(args: readonly string[]): RunOptions {
  try {
    return parseArguments(args)
  } catch (error) {
    throw new InputError(asRunError(error), { options: readablePart(args), isWhole: false })
  }
}

/**
 * What can be read of arguments that cannot be parsed, by which a report tells jobs apart: the
 * parameters and secrets that are whole, and the first argument that looks like a notebook and does
 * not follow a flag, whose value it may be.
 */
function readablePart(args: readonly string[]): RunOptions {
  const pairs = new Map<OptionName, Pair[]>()
  let notebook: string | null = null
  for (let at = 0; at < args.length; at++) {
    const [arg = '', name, value] = args.slice(at, at + 3)
    const option = known.get(arg)
    if (option?.type === 'pairs' && isName(name) && isWord(value)) {
      const found = pairs.get(option.name) ?? []
      pairs.set(option.name, found)
      found.push([name, value])
      at += 2
    } else if (/^[^-].*\.ipynb$/s.test(arg) && !args[at - 1]?.startsWith('-')) notebook ??= arg
  }
  return createOptions(pairs, { notebook })
}

function isWord(arg: string | undefined): arg is string {
  return arg !== undefined && !isFlag(arg)
}

/** Whether the parser takes it for a flag, with a value behind "=" or not. */
function isFlag(arg: string): boolean {
  return optionOf(arg) !== null || redundantFlags.has(arg)
}

/** In "-p n=3", what stands behind "=" may be a secret. */
function isName(arg: string | undefined): arg is string {
  return isWord(arg) && !arg.includes('=')
}

/** Flags of papermill that cannot be had here, with the reason and what to do instead. */
const foreignFlags: ReadonlyMap<string, readonly [reason: string, advice: string]> = new Map([
  ['--engine', ['the Jupyter Server runs the cells, and has no engines', 'leave it out']],
  [
    '--log-level',
    ['there are no levels of messages', 'use --verbose for more, or --quiet for less'],
  ],
  [
    '--no-request-save-on-cell-execute',
    ['the notebook is not saved after each cell', 'use "--autosave-cell-every 0" for no saves'],
  ],
])

function parseArguments(args: readonly string[]): RunOptions {
  const { rest, repeated } = takeRepeated(withImplied(args))
  const flags = readFlags(rest)
  const parsed = parse([...rest], settings)
  const values = new Map<OptionName, OptionValue>()
  for (const [option, flag] of flags) {
    const groups = repeated.get(option.name)
    values.set(option.name, groups ? ofType(option, groups) : readValue(flag, parsed[option.name]))
  }
  return createOptions(values, targetOf(readPositionals(parsed)))
}

/** One positional alone is a notebook when it cannot be a host. */
function targetOf([first, second]: readonly string[]): Pick<RunOptions, 'host' | 'notebook'> {
  if (first === undefined) return { host: null, notebook: null }
  if (second !== undefined) return { host: first, notebook: second }
  return isSourceAddress(first) ? { host: null, notebook: first } : { host: first, notebook: null }
}

const informationFlags: Readonly<Record<string, 'help' | 'version' | null>> = {
  '--help': 'help',
  '-h': 'help',
  '--version': 'version',
  '-V': 'version',
  '--': null,
}

/** The first of `--help` and `--version` before a "--", whatever is wrong with the other arguments. */
export function informationFlag(args: readonly string[]): 'help' | 'version' | null {
  const found = args.find((arg) => Object.hasOwn(informationFlags, arg)) ?? '--'
  return informationFlags[found] ?? null
}

/** Whether the flag stands among arguments that cannot be parsed. */
export function hasFlag(args: readonly string[], flag: '--json' | '--quiet'): boolean {
  return args.slice(0, endOfFlags(args)).includes(flag)
}

/** The place of "--", behind which nothing is a flag; the end where there is none. */
function endOfFlags(args: readonly string[]): number {
  const end = args.indexOf('--')
  return end === -1 ? args.length : end
}

function readValue(flag: string, value: unknown): string | true {
  if (value === true) return true
  if (typeof value === 'string' && !['', '-', '--'].includes(value)) return value
  throw invalidArgument(flag, 'its value is missing', 'write it after the flag')
}

function readPositionals({ _: before, '--': after = [] }: parse.Arguments): readonly string[] {
  const args = before.map(String)
  const dashed = args.find((arg) => arg.startsWith('-') && arg !== '-')
  if (dashed !== undefined) throw unknownFlag(dashed)
  const positionals = [...args, ...after.map(String)]
  const [, , third] = positionals
  if (third === undefined) return positionals
  // Typographic quotes do not hold the parts of a path together.
  const lookalike = positionals.map(lookalikeReason).find((reason) => reason !== null)
  const cannot = `Cannot read the argument ${quoteAddress(third)}`
  const reason = 'the host and the notebook are given before it'
  if (lookalike) {
    const what = `${cannot}: ${reason}; in the arguments, ${lookalike.what}`
    throw new RunError('ARGUMENTS_INVALID', what, lookalike)
  }
  const advice = 'put quotes around a path with spaces'
  throw new RunError('ARGUMENTS_INVALID', `${cannot}: ${reason}`, { advice })
}

const known: ReadonlyMap<string, Option> = new Map(
  allOptions.flatMap((option) => flagsOf(option).map((flag) => [flag, option])),
)

/** A dash that is no "-", where a flag begins. */
const disguised = /^(?!-)[\p{Pd}\u2212]/u

/**
 * The options that are given, each with its flag as it was typed. An argument that looks like a flag
 * and is none is refused here, so that it is never taken for another option's value.
 */
function readFlags(args: readonly string[]): ReadonlyMap<Option, string> {
  const given = new Map<Option, string>()
  for (const arg of args.slice(0, endOfFlags(args))) {
    if (disguised.test(arg)) throw refusedDash(arg)
    if (!/^-\D/.test(arg) || redundantFlags.has(arg)) continue
    const option = readOption(arg)
    const flag = flagOf(arg)
    if (given.has(option) && !isRepeatable(option)) {
      throw invalidArgument(flag, 'it is given twice', 'keep one of them')
    }
    given.set(option, flag)
  }
  return given
}

/** The option whose flag this is, with or without a value behind "="; null for anything else. */
export function optionOf(arg: string): Option | null {
  return known.get(flagOf(arg)) ?? null
}

function unknownFlag(arg: string): RunError {
  const flag = flagOf(arg)
  const foreign = foreignFlags.get(flag)
  if (foreign !== undefined) return invalidArgument(flag, ...foreign)
  const close = closestString(flag, [...known.keys()])
  const hint = close === null ? 'see "nbtrigger --help"' : `did you mean "${close}"?`
  return invalidArgument(flag, 'there is no such option', hint)
}

function readOption(arg: string): Option {
  const option = optionOf(arg)
  if (option === null) throw unknownFlag(arg)
  if (option.type === 'flag' && arg.includes('=')) {
    throw invalidArgument(flagOf(arg), 'it takes no value', 'leave it out to turn it off')
  }
  return option
}

function refusedDash(arg: string): RunError {
  const [dash = ''] = arg
  const close = closestString(flagOf(arg), [...known.keys()])
  const hint = `write ${close === null ? '"-" or "--"' : `"${close}"`}, or put "--" before a name`
  const reason = `it begins with ${quoteForError(dash)} (${codePointName(dash)}), not "-"`
  return invalidArgument(arg, reason, hint)
}

function flagsOf({ name, alias, synonyms = [] }: Option): string[] {
  const long = [name, ...synonyms].map((synonym) => `--${synonym}`)
  return alias === undefined ? long : [...long, `-${alias}`]
}

/** The flag alone: what is behind "=" may be a secret. */
export function flagOf(arg: string): string {
  return arg.split('=', 1)[0] ?? arg
}

function invalidArgument(arg: string, reason: string, advice: string): RunError {
  const what = `Cannot read the argument ${quoteForError(arg)}: ${reason}`
  return new RunError('ARGUMENTS_INVALID', what, { advice })
}

function ofType({ type }: Option, groups: readonly (readonly string[])[]): OptionValue {
  return type === 'pairs'
    ? groups.map(([name = '', value = '']) => [name, value] as const)
    : groups.map(([text = '']) => text)
}

/** Gives each flag that stands without a value, and may, the value that it implies. */
function withImplied(args: readonly string[]): readonly string[] {
  const end = endOfFlags(args)
  return args.map((arg, at) => {
    const implied = at < end && !arg.includes('=') ? optionOf(arg)?.implied : undefined
    return implied === undefined || isValue(args[at + 1]) ? arg : `${arg}=${implied}`
  })
}

/** Neither a flag nor a notebook, nor the end. */
function isValue(arg: string | undefined): boolean {
  return arg !== undefined && !/^[-/]|\.ipynb$/.test(arg)
}

interface Taken {
  /** The arguments without the values of repeatable options, but with their flags. */
  readonly rest: readonly string[]
  /** For each time that an option is given, its values. */
  readonly repeated: ReadonlyMap<OptionName, readonly (readonly string[])[]>
}

/** Takes the values of repeatable options out: there, "-5" and "—" are values like any other. */
function takeRepeated(args: readonly string[]): Taken {
  const rest: string[] = []
  const repeated = new Map<OptionName, (readonly string[])[]>()
  const end = endOfFlags(args)
  let at = 0
  while (at < end) {
    const arg = args[at++] ?? ''
    const option = optionOf(arg)
    const isTaken = option !== null && isRepeatable(option)
    rest.push(isTaken ? flagOf(arg) : arg)
    if (!isTaken) continue
    const names = option.argument?.split(' ') ?? []
    const behind = arg.includes('=') ? [arg.slice(arg.indexOf('=') + 1)] : []
    const next = args.slice(at, Math.min(end, at + names.length - behind.length))
    at += next.length
    if (option.type === 'pairs') checkName(flagOf(arg), behind[0] ?? next[0] ?? '')
    checkValues(arg, next, names.slice(behind.length))
    if (!repeated.has(option.name)) repeated.set(option.name, [])
    repeated.get(option.name)?.push([...behind, ...next])
  }
  return { rest: [...rest, ...args.slice(end)], repeated }
}

/** Refuses "-p n=3": no parameter has such a name. What stands behind "=" may be a secret. */
function checkName(flag: string, text: string): void {
  const [, name] = /^([^=]+)=/s.exec(text) ?? []
  if (name === undefined) return
  const reason = `${quoteForError(`${name}=…`)} is a name and a value in one word`
  throw invalidArgument(
    flag,
    reason,
    `write two words: "${flag} ${quoteForError(name).slice(1, -1)} VALUE"`,
  )
}

/** Refuses a value that is missing, and a flag in its place. */
function checkValues(arg: string, values: readonly string[], names: readonly string[]): void {
  for (const [place, name] of names.entries()) {
    const value = values[place]
    if (value === undefined) {
      throw invalidArgument(flagOf(arg), `its ${name} is missing`, 'write it after the flag')
    }
    if (!isFlag(value)) continue
    const reason = `its ${name} would be the flag ${quoteForError(flagOf(value))}`
    throw invalidArgument(flagOf(arg), reason, 'if it is meant so, give it with --yaml')
  }
}
