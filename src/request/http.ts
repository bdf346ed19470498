import { RunError } from '../errors.ts'
import type { ParameterMap } from '../parameter.ts'
import { quoted } from '../quoted.ts'
import { fieldWords } from './json_fields.ts'
import { readJsonObject } from './json_text.ts'
import { queryParameters } from './query_parameters.ts'
import { splitWords } from './words.ts'

/** A body as text; null when the request has none. */
export interface Body {
  readonly type: 'json' | 'text'
  readonly text: string
}

/** What an HTTP request asks for: words as from anywhere, and parameters that are typed already. */
export interface HttpOrder {
  readonly words: readonly string[]
  readonly parameters: ParameterMap
}

/** Enough for all parameters that there may be. */
const mostWords = 4_000
const nothing: ParameterMap = new Map()

/** Reads the body of `POST /`: the words, or JSON with the server and the notebook in it. */
export function readPosted(body: Body | null): HttpOrder {
  if (body === null) throw invalid('Cannot run a notebook: the request has no body; send the words')
  if (body.type === 'text') return { words: limited(splitWords(body.text)), parameters: nothing }
  const fields = readFields(body.text)
  const words = fieldWords(fields, ['server', 'notebook', 'parameters'])
  const places = placesOf(placeOf(fields, 'server'), placeOf(fields, 'notebook'))
  return { words: limited([...words, '--', ...places]), parameters: parametersOf(fields) }
}

/** Reads a request for `/run/PATH.ipynb`: the path not decoded, options in a JSON body alone. */
export function readRun({ path, query, body }: RunParts): HttpOrder {
  if (body?.type === 'text') throw invalid('Cannot read the body: it is not JSON; send an object')
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
    const reason =
      'it contains a "%" that encodes nothing, or no UTF-8; write "%25" for the character itself'
    throw invalid(`Cannot use the path ${quoted(path)}: ${reason}`)
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
  if (words.length <= mostWords) return words
  throw invalid(`Cannot read ${words.length} words: ${mostWords} are the most`)
}

function placeOf(fields: ParameterMap, name: 'server' | 'notebook'): string | null {
  const value = fields.get(name) ?? null
  if (value === null || (typeof value === 'string' && value !== '')) return value
  throw invalid(`Cannot read the field "${name}": it is not a text, or empty`)
}

/** Words alone do not tell a server from a notebook without a slash: here their names do. */
function placesOf(server: string | null, notebook: string | null): readonly string[] {
  if (server !== null && /\/|\.ipynb$/.test(server)) {
    throw invalid(`Cannot read the field "server": ${quoted(server)} is not HOST[:PORT]`)
  }
  const path = notebook === null ? [] : [notebook.includes('://') ? notebook : `/${notebook}`]
  return [...(server === null ? [] : [server]), ...path]
}

function refuseBoth(inQuery: ParameterMap, inBody: ParameterMap): void {
  const both = [...inBody.keys()].find((name) => inQuery.has(name))
  if (both === undefined) return
  const reason = 'it is given in the query and in the body; keep one of them'
  throw invalid(`Cannot set the parameter ${quoted(both)}: ${reason}`)
}

function invalid(message: string): RunError {
  return new RunError('ARGUMENTS_INVALID', message)
}
