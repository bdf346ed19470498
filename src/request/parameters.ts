import { invalidArguments, messageOf } from '../errors.ts'
import type { ParameterMap, ParameterValue } from '../parameters/parameter.ts'
import { quoteForError } from '../util/text.ts'
import { decodeUtf8 } from '../util/utf8.ts'
import type { RunOptions } from './run_options.ts'
import { typedValue } from './typing.ts'
import { readYaml } from './yaml.ts'

/** Reads a text file; throws when it cannot. */
export type ReadFile = (path: string) => string

/**
 * The parameters that the options set. Where several set the same one, papermill's order decides, and
 * then the last one wins; those that have types already win over all. Throws ARGUMENTS_INVALID.
 */
export function readParameters(options: RunOptions, readFile: ReadFile): ParameterMap {
  const parameters = new Map<string, ParameterValue>()
  const add = (some: ParameterMap) => {
    for (const [name, value] of some) parameters.set(name, value)
  }
  for (const text of options.base64) {
    add(attempt('--base64', () => readYaml(decodeBase64(text))))
  }
  for (const path of options.file) {
    const text = readParameterFile(path, readFile)
    add(attempt(fileOption(path), () => readYaml(text)))
  }
  for (const text of options.yaml) add(attempt('--yaml', () => readYaml(text)))
  for (const [name, text] of options.parameter) {
    const source = `--parameter ${quoteForError(name)}`
    add(new Map([[name, attempt(source, () => typedValue(text))]]))
  }
  add(new Map(options.raw))
  add(options.parameters)
  for (const [name, value] of parameters) checkLengths(name, value)
  return parameters
}

/** The text of a file of parameters; throws ARGUMENTS_INVALID where it cannot be read. */
export function readParameterFile(path: string, readFile: ReadFile): string {
  return attempt(fileOption(path), () => readFile(path))
}

function fileOption(path: string): string {
  return `--file ${quoteForError(path)}`
}

/** Hardly any language allows longer names. */
const maxNameCharacters = 200
/** A value is sent in the code of a cell, and stored in the executed notebook and its metadata. */
const maxValueCharacters = 4_000_000

function checkLengths(name: string, value: ParameterValue): void {
  if (name === '') throw invalidArguments('Cannot set a parameter: its name is empty')
  const cannot = `Cannot set the parameter ${quoteForError(name)}`
  if (name.length > maxNameCharacters) {
    const reason = `its name has ${name.length} characters, and the maximum is ${maxNameCharacters}`
    throw invalidArguments(`${cannot}: ${reason}`)
  }
  if (typeof value !== 'string' || value.length <= maxValueCharacters) return
  const reason = `its value has ${value.length} characters, and the maximum is ${maxValueCharacters}`
  throw invalidArguments(`${cannot}: ${reason}`, {
    advice: 'put it into a file, and give its path',
  })
}

/** Returns what `read` returns; `source` names the option in the error, without its value. */
function attempt<Value>(source: string, read: () => Value): Value {
  try {
    return read()
  } catch (cause) {
    const reason = messageOf(cause)
    throw invalidArguments(`Cannot read parameters from ${source}: ${reason}`, { cause })
  }
}

/** Decodes base64 to text; line breaks are ignored. Throws an Error when it is not base64 of UTF-8. */
export function decodeBase64(text: string): string {
  const bare = text.replace(/\s/g, '')
  const bytes = Buffer.from(bare, 'base64')
  if (bytes.toString('base64') !== bare) throw new Error('it is not base64')
  return decodeUtf8(bytes)
}

/** Reads no file, where the caller has none. */
export function refuseFile(path: string): never {
  throw new Error(`there are no files to read here, nor ${quoteForError(path)}`)
}
