import parse from 'yargs-parser'
import { RunError } from '../errors.ts'
import { readFlags, unknownFlag } from './flags.ts'
import { options as table, type OptionName } from './options.ts'
import { lookalikeReason } from '../lookalikes.ts'
import { quotedAddress } from '../quoted.ts'
import { takeRepeated, type Repeated } from './repeated.ts'

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
  const options = new Map<OptionName, string>()
  for (const [name, flag] of given) options.set(name, readValue(flag, parsed[name]))
  if (options.has('kernel') && options.has('kernel-id')) {
    const reason = 'a kernel that is there already has its name; keep one of them'
    throw invalid(`Cannot use "--kernel" together with "--kernel-id": ${reason}`)
  }
  return { positionals: readPositionals(parsed), options, repeated }
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
  throw invalid(`Cannot read the argument "${flag}": its value is missing; write it after the flag`)
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
  throw invalid(
    `Cannot read the argument ${quotedAddress(third)}: the host and the notebook are given before it; ` +
      (lookalike ? `in the words, ${lookalike}` : 'put quotes around a path with spaces'),
  )
}

function invalid(message: string): RunError {
  return new RunError('ARGUMENTS_INVALID', message)
}
