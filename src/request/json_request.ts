import { RunError, type RunErrorOptions } from '../errors.ts'
import {
  floatText,
  isList,
  type ParameterMap,
  type ParameterValue,
} from '../parameters/parameter.ts'
import { closestString } from '../util/closest_string.ts'
import { quoteForError } from '../util/text.ts'
import { readJsonObject } from './json_text.ts'
import { type NamedOption, type OptionName, options } from './options.ts'
import { splitWords } from './shell_words.ts'
import { typedValue } from './typing.ts'

/** A body as text; null when the request has none. */
export interface Body {
  readonly type: 'json' | 'text'
  readonly text: string
}

/** What an HTTP request asks for: words as from anywhere, and parameters that are typed already. */
export interface HttpRunInput {
  readonly words: readonly string[]
  readonly parameters: ParameterMap
}

/** Enough for all parameters that there may be. */
const maxWords = 4_000
const nothing: ParameterMap = new Map()

/** Reads the body of `POST /`: the words, or JSON with the server and the notebook in it. */
export function readPosted(body: Body | null): HttpRunInput {
  if (body === null)
    throw invalid('Cannot run a notebook: the request has no body', { advice: 'send the words' })
  if (body.type === 'text') return { words: limited(splitWords(body.text)), parameters: nothing }
  const fields = readFields(body.text)
  const words = fieldWords(fields, ['server', 'notebook', 'parameters'])
  const places = placesOf(placeOf(fields, 'server'), placeOf(fields, 'notebook'))
  return { words: limited([...words, '--', ...places]), parameters: parametersOf(fields) }
}

/** Reads a request for `/run/PATH.ipynb`: the path not decoded, options in a JSON body alone. */
export function readRun({ path, query, body }: RunParts): HttpRunInput {
  if (body?.type === 'text')
    throw invalid('Cannot read the body: it is not JSON', { advice: 'send an object' })
  const fields = body === null ? nothing : readFields(body.text)
  const words = fieldWords(fields, ['parameters'])
  const inQuery = queryParameters(query)
  const inBody = parametersOf(fields)
  refuseBoth(inQuery, inBody)
  const parameters = new Map([...inQuery, ...inBody])
  return { words: limited([...words, '--', decodedPath(path)]), parameters }
}

export interface RunParts {
  readonly path: string
  readonly query: URLSearchParams
  readonly body: Body | null
}

/** A path as it stands in a URL, with one leading slash. */
export function decodedPath(path: string): string {
  try {
    return `/${decodeURIComponent(path).replace(/^\/+/, '')}`
  } catch {
    const reason = 'it contains a "%" that encodes nothing, or no UTF-8'
    throw invalid(`Cannot use the path ${quoteForError(path)}: ${reason}`, {
      advice: 'write "%25" for the character itself',
    })
  }
}

function readFields(text: string): ParameterMap {
  try {
    return readJsonObject(text)
  } catch (cause) {
    const { message }: { readonly message?: unknown } = Object(cause)
    throw invalid(`Cannot read the body as JSON: ${String(message)}`)
  }
}

function parametersOf(fields: ParameterMap): ParameterMap {
  const parameters = fields.get('parameters') ?? nothing
  if (parameters instanceof Map) return parameters
  throw invalid('Cannot read the field "parameters": it is not an object')
}

/** As long as they are understood, nobody else's run in this process goes on. */
function limited(words: readonly string[]): readonly string[] {
  if (words.length <= maxWords) return words
  throw invalid(`Cannot read ${words.length} words: ${maxWords} are the most`)
}

function placeOf(fields: ParameterMap, name: 'server' | 'notebook'): string | null {
  const value = fields.get(name) ?? null
  if (value === null || (typeof value === 'string' && value !== '')) return value
  throw invalid(`Cannot read the field "${name}": it is not a text, or empty`)
}

/** Words alone do not tell a server from a notebook without a slash: here their names do. */
function placesOf(server: string | null, notebook: string | null): readonly string[] {
  if (server !== null && /\/|\.ipynb$/.test(server)) {
    throw invalid(`Cannot read the field "server": ${quoteForError(server)} is not HOST[:PORT]`)
  }
  const path = notebook === null ? [] : [notebook.includes('://') ? notebook : `/${notebook}`]
  return [...(server === null ? [] : [server]), ...path]
}

function refuseBoth(inQuery: ParameterMap, inBody: ParameterMap): void {
  const both = [...inBody.keys()].find((name) => inQuery.has(name))
  if (both === undefined) return
  const reason = 'it is given in the query and in the body'
  throw invalid(`Cannot set the parameter ${quoteForError(both)}: ${reason}`, {
    advice: 'keep one of them',
  })
}

function invalid(what: string, options: RunErrorOptions = {}): RunError {
  return new RunError('ARGUMENTS_INVALID', what, options)
}

/** The name in a query that asks for the result alone; a parameter of this name goes in the body. */
export const resultName = 'result'

/** The parameters that a query gives, typed as `--parameter` types them. */
export function queryParameters(query: URLSearchParams): ParameterMap {
  const parameters = new Map<string, ParameterValue>()
  for (const [name, text] of query) {
    if (name === resultName) continue
    if (parameters.has(name))
      throw invalidParameter(name, 'it is given twice', { advice: 'keep one of them' })
    parameters.set(name, valueOf(name, text))
  }
  return parameters
}

function valueOf(name: string, text: string): ParameterValue {
  try {
    return typedValue(text)
  } catch (cause) {
    const { message }: { readonly message?: unknown } = Object(cause)
    throw invalidParameter(name, String(message))
  }
}

function invalidParameter(name: string, reason: string, options: RunErrorOptions = {}): RunError {
  return new RunError(
    'ARGUMENTS_INVALID',
    `Cannot set the parameter ${quoteForError(name)}: ${reason}`,
    options,
  )
}

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
  return invalidField(`Cannot read the field ${quoteForError(name)}: it is not ${what}`)
}

function unknownField(name: string, others: readonly string[]): RunError {
  const close = closestString(name, [...others, ...fields.keys()])
  const hint = close === null ? 'see "/openapi.json"' : `did you mean "${close}"?`
  return invalidField(`Cannot read the field ${quoteForError(name)}: there is no such field`, {
    advice: hint,
  })
}

function invalidField(what: string, options: RunErrorOptions = {}): RunError {
  return new RunError('ARGUMENTS_INVALID', what, options)
}
