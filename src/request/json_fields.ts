import { RunError } from '../errors.ts'
import { nearest } from '../nearest.ts'
import { floatText, isList, type ParameterMap, type ParameterValue } from '../parameter.ts'
import { quoted } from '../quoted.ts'
import { options, type NamedOption, type OptionName } from './options.ts'

/** A field of the JSON body that says the same as an option. */
export interface Field {
  readonly name: string
  readonly option: NamedOption<OptionName>
  readonly kind: 'flag' | 'text' | 'number' | 'texts' | 'pairs'
}

/** What `parameters` says better. */
const settingParameters: readonly OptionName[] = ['parameter', 'raw', 'yaml', 'base64']

/** The fields that the table of options gives, by their names. */
export const fields: ReadonlyMap<string, Field> = new Map(
  options
    .filter(({ name, commandOnly }) => !commandOnly && !settingParameters.includes(name))
    .map((option) => fieldOf(option))
    .map((field) => [field.name, field]),
)

/** The fields as words; `others` are names that stand beside them and are read elsewhere. */
export function fieldWords(body: ParameterMap, others: readonly string[]): readonly string[] {
  return [...body].flatMap(([name, value]) => {
    if (others.includes(name)) return []
    const field = fields.get(name)
    if (field === undefined) throw unknownField(name, others)
    return wordsOf(field, value)
  })
}

function fieldOf(option: NamedOption<OptionName>): Field {
  const name = option.name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
  const { argument = '', repeatable } = option
  if (argument === '') return { name, option, kind: 'flag' }
  if (argument.includes(' ')) return { name: `${name}s`, option, kind: 'pairs' }
  if (repeatable) return { name, option, kind: 'texts' }
  return { name, option, kind: ['SECONDS', 'MB'].includes(argument) ? 'number' : 'text' }
}

function wordsOf({ name, option, kind }: Field, value: ParameterValue): readonly string[] {
  const flag = `--${option.name}`
  switch (kind) {
    case 'flag':
      if (typeof value !== 'boolean') throw wrongType(name, 'true or false')
      return value ? [flag] : []
    case 'text':
      return [`${flag}=${textOf(name, value)}`]
    case 'number':
      return [`${flag}=${numberOf(name, value)}`]
    case 'texts':
      if (!isList(value)) return [`${flag}=${textOf(name, value)}`]
      return value.map((each) => `${flag}=${textOf(name, each)}`)
    case 'pairs':
      if (!(value instanceof Map)) throw wrongType(name, 'an object of texts')
      return [...value].flatMap(([key, each]) => [`${flag}=${key}`, textOf(`${name}.${key}`, each)])
    default:
      return kind satisfies never
  }
}

function textOf(name: string, value: ParameterValue): string {
  if (typeof value === 'string') return value
  throw wrongType(name, 'a text')
}

function numberOf(name: string, value: ParameterValue): string {
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number') return floatText(value)
  throw wrongType(name, 'a number')
}

function wrongType(name: string, what: string): RunError {
  return invalid(`Cannot read the field ${quoted(name)}: it is not ${what}`)
}

function unknownField(name: string, others: readonly string[]): RunError {
  const close = nearest(name, [...others, ...fields.keys()])
  const hint = close === null ? 'see "/openapi.json"' : `did you mean "${close}"?`
  return invalid(`Cannot read the field ${quoted(name)}: there is no such field; ${hint}`)
}

function invalid(message: string): RunError {
  return new RunError('ARGUMENTS_INVALID', message)
}
