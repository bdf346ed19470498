import { isList, type ParameterValue } from '../parameter.ts'
import { hex, withoutNul } from './literals.ts'
import {
  type Entry,
  nameTest,
  type Translator,
  UnsupportedValueError,
  writer,
} from './translator.ts'

/** Variables that cannot be set. */
const constants = 'BASHOPTS BASH_VERSINFO EUID PPID SHELLOPTS UID _'

/**
 * Variables whose value bash runs as code: prompts and start-up files, by command substitution or as
 * they stand, and integers of its own, by the subscripts of arithmetic: `RANDOM='a[$(command)]'`.
 */
const executed =
  'BASH_ENV ENV MAILPATH PROMPT_COMMAND PS0 PS1 PS2 PS3 PS4 BASHPID BASH_ARGV0 BASH_SUBSHELL ' +
  'COMP_CWORD EPOCHREALTIME EPOCHSECONDS HISTCMD LINENO OPTERR OPTIND RANDOM SECONDS SRANDOM'

const write = writer({
  null: '',
  true: 'true',
  false: 'false',
  nan: 'nan',
  infinity: 'inf',
  negativeInfinity: '-inf',
  integer: String,
  text,
  list,
  map: (entries) => `(${entries.map(pair).join(' ')})`,
})

function text(value: string): string {
  if (/\p{Cs}/u.test(value))
    throw new UnsupportedValueError('no text with half of a surrogate pair')
  if (/^[\w@%+=:,./-]+$/.test(value)) return value
  // oxlint-disable-next-line no-control-regex -- a terminal on the way would act on them
  if (!/[\u0000-\u001f\u007f]/.test(value)) return `'${value.replaceAll("'", `'"'"'`)}'`
  // oxlint-disable-next-line no-control-regex -- the same
  return `$'${withoutNul(value).replace(/[\u0000-\u001f\u007f'\\]/g, escaped)}'`
}

function escaped(char: string): string {
  return char === "'" || char === '\\' ? `\\${char}` : `\\x${hex(char.charCodeAt(0), 2)}`
}

function list(items: readonly string[], values: readonly ParameterValue[]): string {
  for (const value of values) refuseNested(value)
  return `(${items.map((item) => item || "''").join(' ')})`
}

function pair({ key, item, value }: Entry): string {
  refuseNested(value)
  if (key === '') throw new UnsupportedValueError('no empty key in an associative array')
  return `[${text(key)}]=${item}`
}

function refuseNested(value: ParameterValue): void {
  if (isList(value) || value instanceof Map) {
    throw new UnsupportedValueError('no list or map inside another one; pass it as JSON with --raw')
  }
}

/**
 * A variable that is an array of another kind has to go first. One that the notebook has declared as
 * an integer (`declare -i`) would evaluate a text, and what stands in its subscripts with it.
 */
function assign(name: string, value: ParameterValue): string {
  const statement = `${name}=${write(value)}`
  if (value instanceof Map) return `unset -v ${name}; declare -A ${statement}`
  if (isList(value)) return `unset -v ${name}; ${statement}`
  return typeof value === 'bigint' ? statement : `declare +ilu ${name}; ${statement}`
}

export const bash: Translator = {
  language: 'bash',
  heading: '# Parameters',
  isName: nameTest(/^[A-Za-z_]\w*$/, `${constants} ${executed}`),
  write,
  assign,
}
