import { RunError, type RunErrorOptions } from '../errors.ts'
import type { ParameterMap, ParameterValue } from '../parameters/parameter.ts'
import { quoteForError } from '../util/text.ts'
import { decodeUtf8 } from '../util/utf8.ts'
import type { Repeated } from './argv.ts'
import type { OptionName } from './options.ts'
import { typedValue } from './typing.ts'
import { readYaml } from './yaml.ts'

/** Reads a text file of whoever asks; throws when it cannot. */
export type ReadFile = (path: string) => string

type Read = (values: readonly string[], readFile: ReadFile) => ParameterMap

/** The options that set parameters, as papermill orders them: the later ones win. */
const readers: readonly (readonly [OptionName, Read])[] = [
  ['base64', ([text = '']) => readYaml(decodeBase64(text))],
  ['file', ([path = ''], readFile) => readYaml(readFile(path))],
  ['yaml', ([text = '']) => readYaml(text)],
  ['parameter', ([name = '', text = '']) => single(name, typedValue(text))],
  ['raw', ([name = '', text = '']) => single(name, text)],
]

/** The parameters that the options give, each by the one that comes last, and those `given` beside. */
export function readParameters(
  repeated: Repeated,
  readFile: ReadFile,
  given: ParameterMap = new Map(),
): ParameterMap {
  const parameters = new Map<string, ParameterValue>()
  for (const [option, read] of readers) {
    for (const values of repeated.get(option) ?? []) {
      for (const [name, value] of attempt(option, () => read(values, readFile), values)) {
        parameters.set(name, value)
      }
    }
  }
  for (const [name, value] of given) parameters.set(name, value)
  for (const [name, value] of parameters) checkLengths(name, value)
  return parameters
}

/** No language has longer names, but for a few that take any. */
const maxNameCharacters = 200
/** It goes to the kernel in the code of a cell, and into the executed notebook and its metadata. */
const maxValueCharacters = 4_000_000

function checkLengths(name: string, value: ParameterValue): void {
  if (name === '') throw invalid('Cannot set a parameter: its name is empty')
  const cannot = `Cannot set the parameter ${quoteForError(name)}`
  if (name.length > maxNameCharacters) {
    const reason = `its name has ${name.length} characters, and ${maxNameCharacters} are the most`
    throw invalid(`${cannot}: ${reason}`)
  }
  if (typeof value !== 'string' || value.length <= maxValueCharacters) return
  const reason = `its value has ${value.length} characters, and ${maxValueCharacters} are the most`
  throw invalid(`${cannot}: ${reason}`, { advice: 'put it into a file, and give its path' })
}

function invalid(what: string, options: RunErrorOptions = {}): RunError {
  return new RunError('ARGUMENTS_INVALID', what, options)
}

function single(name: string, value: ParameterValue): ParameterMap {
  return new Map([[name, value]])
}

/** Says which option could not be read; of its text, only what names it. */
function attempt(
  option: OptionName,
  read: () => ParameterMap,
  [name]: readonly string[],
): ParameterMap {
  try {
    return read()
  } catch (cause) {
    const hasName = option !== 'yaml' && option !== 'base64'
    const place = hasName ? `--${option} ${quoteForError(name ?? '')}` : `--${option}`
    const { message: reason }: { readonly message?: unknown } = Object(cause)
    const message = `Cannot read parameters from ${place}: ${String(reason)}`
    throw new RunError('ARGUMENTS_INVALID', message, { cause })
  }
}

/** The text that base64 stands for, line breaks in it or not; throws an Error when it is none. */
export function decodeBase64(text: string): string {
  const bare = text.replace(/\s/g, '')
  const bytes = Buffer.from(bare, 'base64')
  if (bytes.toString('base64') !== bare) throw new Error('it is not base64')
  return decodeUtf8(bytes)
}
