import { parse } from 'lossless-json'
import {
  asRunError,
  attempt,
  invalidArguments,
  messageOf,
  RunError,
  type RunErrorOptions,
} from '../errors.ts'
import { isList, type ParameterMap, type ParameterValue } from '../parameters/parameter.ts'
import { closestString } from '../util/closest_string.ts'
import { jsonText } from '../util/json.ts'
import { cutText, quoteForError } from '../util/text.ts'
import { decodeUtf8 } from '../util/utf8.ts'
import { parseArgv } from './argv.ts'
import { unusable } from './env.ts'
import { InputError } from './input_error.ts'
import { allOptions, type Option, type OptionName } from './options.ts'
import { camelCase, createOptions, type OptionValue, type RunOptions } from './run_options.ts'
import { splitWords } from './shell_words.ts'
import { readInteger, typedValue } from './typing.ts'

/** A body as text; null when the request has none. */
export interface Body {
  readonly type: 'json' | 'text'
  readonly text: string
}

/** For 1000 parameters, and then some; in JSON, the limit of the texts of one field. */
const maxArguments = 4_000

/**
 * Reads the body of `POST /`: arguments as text, or JSON with the server and the notebook in it. Throws
 * ARGUMENTS_INVALID, as an InputError where something of it is known.
 */
export function readPosted(body: Body | null): RunOptions {
  if (body === null)
    throw invalidArguments('Cannot run a notebook: the request has no body', {
      advice: 'send arguments or JSON',
    })
  if (body.type === 'text') return parseArgv(limited(splitWords(body.text)))
  const fields = readFields(body.text)
  const others = ['server', 'notebook', 'notebookContent', 'parameters']
  const known = () => ({
    notebook: orNull(() => readText(fields, 'notebook')),
    parameters: orNull(() => parametersOf(fields)) ?? new Map(),
  })
  return readKnowing(known, () =>
    createOptions(readOptions(fields, others), {
      host: readServer(fields),
      notebook: readText(fields, 'notebook'),
      notebookContent: readContent(fields),
      parameters: parametersOf(fields),
    }),
  )
}

/**
 * Reads a request for the notebook at this address; the body has to be JSON. Throws ARGUMENTS_INVALID,
 * as an InputError that knows the notebook.
 */
export function readRun({ notebook, query, body }: RunParts): RunOptions {
  const known = () => {
    const inQuery = orNull(() => queryParameters(query)) ?? []
    const inBody = orNull(() => parametersOf(fieldsOf(body))) ?? []
    return { notebook, parameters: new Map([...inQuery, ...inBody]) }
  }
  return readKnowing(known, () => {
    const fields = fieldsOf(body)
    const inQuery = queryParameters(query)
    const inBody = parametersOf(fields)
    refuseBoth(inQuery, inBody)
    const values = new Map([...readOptions(fields, ['parameters']), ...readWarm(query)])
    return createOptions(values, { notebook, parameters: new Map([...inQuery, ...inBody]) })
  })
}

export interface RunParts {
  /** Of the notebook, as an option has it. */
  readonly notebook: string
  readonly query: URLSearchParams
  readonly body: Body | null
}

/** What `read` returns; its error becomes one that says what is known of the request. */
function readKnowing(
  known: () => Pick<RunOptions, 'notebook' | 'parameters'>,
  read: () => RunOptions,
): RunOptions {
  try {
    return read()
  } catch (error) {
    const options = createOptions(new Map(), known())
    throw new InputError(asRunError(error), { options, isWhole: false })
  }
}

function orNull<Value>(read: () => Value): Value | null {
  const value = attempt(read)
  return value instanceof RunError ? null : value
}

/** Decodes the path of a URL and gives it one leading slash; throws ARGUMENTS_INVALID. */
export function decodedPath(path: string): string {
  try {
    // The request line comes as a character a byte.
    const text = decodeUtf8(Buffer.from(path, 'latin1'))
    return `/${decodeURIComponent(text).replace(/^\/+/, '')}`
  } catch (cause) {
    const reason = 'it contains a "%" that encodes nothing, or no UTF-8'
    throw invalidArguments(`Cannot use the path ${quoteForError(path)}: ${reason}`, {
      advice: 'write "%25" for the character itself',
      cause,
    })
  }
}

function fieldsOf(body: Body | null): ParameterMap {
  if (body === null) return new Map()
  if (body.type === 'json') return readFields(body.text)
  throw invalidArguments('Cannot read the body: it is not JSON', { advice: 'send an object' })
}

function readFields(text: string): ParameterMap {
  try {
    return readJsonObject(text)
  } catch (cause) {
    throw invalidArguments(`Cannot read the body as JSON: ${messageOf(cause)}`, {
      advice: 'send one JSON object, as "/openapi.json" describes it',
      cause,
    })
  }
}

function parametersOf(fields: ParameterMap): ParameterMap {
  const parameters = fields.get('parameters') ?? new Map()
  if (parameters instanceof Map) return parameters
  throw invalidArguments('Cannot read the field "parameters": it is not an object')
}

/** Parsing is synchronous, so that it holds up every other run of the process. */
function limited<Values extends readonly unknown[]>(values: Values): Values {
  if (values.length <= maxArguments) return values
  throw invalidArguments(`Cannot read ${values.length} arguments: the maximum is ${maxArguments}`)
}

function readServer(fields: ParameterMap): string | null {
  const server = readText(fields, 'server')
  if (server === null || !/\/|\.ipynb$/.test(server)) return server
  throw invalidArguments(
    `Cannot read the field "server": ${quoteForError(server)} is not HOST[:PORT]`,
  )
}

function readText(fields: ParameterMap, name: 'server' | 'notebook'): string | null {
  const value = fields.get(name) ?? null
  if (value === null || (typeof value === 'string' && value !== '')) return value
  throw invalidArguments(`Cannot read the field "${name}": it is not a text, or empty`)
}

/** The text of a notebook, which is given as it is or as an object. */
function readContent(fields: ParameterMap): string | null {
  const value = fields.get('notebookContent') ?? null
  if (value === null) return null
  if (fields.has('notebook')) {
    const reason = 'the field "notebook" names another one'
    throw invalidArguments(`Cannot run "notebookContent": ${reason}`, {
      advice: 'keep one of them',
    })
  }
  if (typeof value === 'string') return value
  if (value instanceof Map) return jsonText(plainValue(value))
  throw invalidArguments(
    'Cannot read the field "notebookContent": it is neither an object nor a text',
  )
}

function plainValue(value: ParameterValue): unknown {
  if (value instanceof Map) {
    return Object.fromEntries(Array.from(value, ([name, inner]) => [name, plainValue(inner)]))
  }
  return isList(value) ? value.map(plainValue) : value
}

function refuseBoth(inQuery: ParameterMap, inBody: ParameterMap): void {
  const both = [...inBody.keys()].find((name) => inQuery.has(name))
  if (both === undefined) return
  const reason = 'it is given in the query and in the body'
  throw invalidArguments(`Cannot set the parameter ${quoteForError(both)}: ${reason}`, {
    advice: 'keep one of them',
  })
}

/** The name in a query that requests the result alone; a parameter of this name has to be in the body. */
export const resultName = 'result'

/** The name in a query by which `warm=false` is the option `--no-warm`; other parameters as with `result`. */
const warmName = 'warm'

function readWarm(query: URLSearchParams): ReadonlyMap<OptionName, OptionValue> {
  const texts = query.getAll(warmName)
  const unknown = texts.find((text) => text !== 'false' && text !== 'true')
  if (unknown !== undefined) {
    const setting = { value: unknown, source: `"${warmName}"` }
    const advice = 'send a parameter of this name in the body'
    throw unusable(setting, 'it is neither true nor false', { advice })
  }
  return texts.includes('false') ? new Map([['no-warm', true]]) : new Map()
}

/** The parameters that a query gives, typed as `--parameter` types them; throws ARGUMENTS_INVALID. */
export function queryParameters(query: URLSearchParams): ParameterMap {
  const parameters = new Map<string, ParameterValue>()
  for (const [name, text] of query) {
    if (name === resultName || name === warmName) continue
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
    throw invalidParameter(name, messageOf(cause), { cause })
  }
}

function invalidParameter(name: string, reason: string, options: RunErrorOptions = {}): RunError {
  return invalidArguments(`Cannot set the parameter ${quoteForError(name)}: ${reason}`, options)
}

/** Not needed: JSON has `parameters`. */
const settingParameters: readonly OptionName[] = ['parameter', 'raw', 'yaml', 'base64']

/** The options that a JSON body may have, by the names of their fields. */
export const fields: ReadonlyMap<string, Option> = new Map(
  allOptions
    .filter(({ name, commandOnly, messageOnly, notHttp }) => {
      return !commandOnly && !messageOnly && !notHttp && !settingParameters.includes(name)
    })
    .map((option) => [fieldName(option), option]),
)

function fieldName({ name, type }: Option): string {
  return type === 'pairs' ? `${camelCase(name)}s` : camelCase(name)
}

/** The values of options; the fields named in `others` are read elsewhere. */
function readOptions(
  body: ParameterMap,
  others: readonly string[],
): ReadonlyMap<OptionName, OptionValue> {
  const values = new Map<OptionName, OptionValue>()
  for (const [name, value] of body) {
    if (others.includes(name)) continue
    const option = fields.get(name)
    if (option === undefined) throw unknownField(name, others)
    values.set(option.name, readers[option.type](name, value))
  }
  return values
}

type Read = (name: string, value: ParameterValue) => OptionValue

const readers: Readonly<Record<Option['type'], Read>> = {
  flag: (name, value) => {
    if (typeof value === 'boolean') return value
    throw wrongType(name, 'true or false')
  },
  text: (name, value) => {
    if (value === '') throw invalidField(name, 'it is empty')
    return textOf(name, value)
  },
  number: (name, value) => {
    if (typeof value === 'bigint') return Number(value)
    if (typeof value === 'number') return value
    throw wrongType(name, 'a number')
  },
  texts: (name, value) =>
    limited(isList(value) ? value : [value]).map((each) => textOf(name, each)),
  pairs: (name, value) => {
    if (!(value instanceof Map)) throw wrongType(name, 'an object of texts')
    limited([...value].flat())
    return [...value].map(([key, each]) => [key, textOf(`${name}.${key}`, each)] as const)
  },
}

function textOf(name: string, value: ParameterValue): string {
  if (typeof value === 'string') return value
  throw wrongType(name, 'a text')
}

function wrongType(name: string, what: string): RunError {
  return invalidField(name, `it is not ${what}`)
}

function unknownField(name: string, others: readonly string[]): RunError {
  const close = closestString(name, [...others, ...fields.keys()])
  const hint = close === null ? 'see "/openapi.json"' : `did you mean "${close}"?`
  return invalidField(name, 'there is no such field', { advice: hint })
}

function invalidField(name: string, reason: string, options: RunErrorOptions = {}): RunError {
  return invalidArguments(`Cannot read the field ${quoteForError(name)}: ${reason}`, options)
}

const maxLevels = 100

/** Reads a JSON object: 1 and 1.0 stay apart, integers are exact; throws an Error that says what is wrong. */
export function readJsonObject(text: string): ParameterMap {
  // What comes from here on is recursive. The outermost object is no level: it holds the names.
  if (isJsonDeeperThan(maxLevels + 1, text)) {
    throw new Error(`it is nested more than ${maxLevels} levels deep`)
  }
  const value = convert(parse(text, null, { parseNumber: readNumber }))
  if (value instanceof Map) return value
  throw new Error('it is no object')
}

function readNumber(text: string): bigint | number {
  if (/^-?\d+$/.test(text)) return readInteger(text)
  const value = Number(text)
  if (Number.isFinite(value)) return value
  throw new Error(`the number ${cutText(text, 40)} is too large for a float`)
}

function convert(value: unknown): ParameterValue {
  if (Array.isArray(value)) return value.map(convert)
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
    return new Map(entries.map(([key, child]) => [wellFormed(key), convert(child)]))
  }
  if (value === null || typeof value === 'boolean' || typeof value === 'bigint') return value
  if (typeof value === 'number') return value
  if (typeof value === 'string') return wellFormed(value)
  throw new Error('it has a value of a kind that is none of JSON')
}

function wellFormed(text: string): string {
  if (/\p{Cs}/u.test(text)) throw new Error('it has half of a surrogate pair')
  return text
}

/**
 * Whether lists and objects are nested deeper than that in JSON text, which need not be well formed.
 * It goes through the text once, so that nothing recursive has to read what is too deep for it.
 */
function isJsonDeeperThan(levels: number, json: string): boolean {
  let level = 0
  for (let at = 0; at < json.length; at++) {
    const char = json[at]
    if (char === '"') at = endOfText(json, at)
    else if (char === '[' || char === '{') level++
    else if (char === ']' || char === '}') level--
    if (level > levels) return true
  }
  return false
}

/** Where the text whose quote is at `start` has its other quote; the end of all when it has none. */
function endOfText(json: string, start: number): number {
  for (let at = start + 1; at < json.length; at++) {
    if (json[at] === '"') return at
    if (json[at] === '\\') at++
  }
  return json.length
}
