import { RunError } from '../errors.ts'
import {
  type Cell,
  hasIds,
  injectedTag,
  type Notebook,
  rawCellsOf,
  taggedCell,
} from '../jupyter/nbformat.ts'
import { closestString } from '../util/closest_string.ts'
import { quoteForError } from '../util/text.ts'
import { expectedInstead, type ValueKind } from './declared_type.ts'
import { inspectParameters } from './inspect.ts'
import {
  isList,
  type NotebookParameter,
  type ParameterMap,
  type ParameterValue,
  type Secret,
} from './parameter.ts'
import { findTranslator, type KernelKind } from './translators/find_translator.ts'
import { type Translator, UnsupportedValueError } from './translators/translator.ts'

const maxWarnings = 20

/** The values that a run sets in a notebook. */
export interface Inputs {
  readonly parameters: ParameterMap
  readonly secrets: readonly Secret[]
}

export interface PreparedParameters {
  readonly notebook: Notebook
  /** Executed silently before the first cell. */
  readonly secrets: readonly SecretStatement[]
  readonly warnings: readonly string[]
}

export interface SecretStatement {
  readonly name: string
  readonly code: string
}

/**
 * Writes parameters and secrets in the kernel's language. Throws ARGUMENTS_INVALID where the language
 * is unknown, or has no such name or value.
 */
export function prepareParameters(
  notebook: Notebook,
  { parameters, secrets }: Inputs,
  kernel: KernelKind,
): PreparedParameters {
  if (parameters.size === 0 && secrets.length === 0) return { notebook, secrets: [], warnings: [] }
  const translator = findTranslator(kernel)
  if (translator === null) throw noTranslator(kernel)
  checkTypes(inspectParameters(notebook, translator) ?? [], parameters)
  return {
    notebook: injectParameters(notebook, parameters, translator),
    secrets: secrets.map(({ name, value }) => ({
      name,
      code: assignment({ kind: 'secret', name, value }, translator),
    })),
    warnings: warningsOf(notebook, { parameters, secrets }, translator),
  }
}

/** Throws ARGUMENTS_INVALID for a value that cannot be of the type that the notebook declares. */
export function checkTypes(declared: readonly NotebookParameter[], parameters: ParameterMap): void {
  for (const { name, type } of declared) {
    const value = parameters.get(name)
    if (value === undefined) continue
    const kind = kindOf(value)
    const expected = expectedInstead(kind, type)
    if (expected === null) continue
    const what = `Cannot set the parameter ${quoteForError(name)}: the notebook takes ${expected} and was given ${given[kind]}`
    throw new RunError('ARGUMENTS_INVALID', what, { advice: 'set a value of that type' })
  }
}

const given: Readonly<Record<ValueKind, string>> = {
  text: 'text',
  integer: 'an integer',
  float: 'a float',
  boolean: 'a Boolean',
  none: 'None',
  list: 'a list',
  map: 'a map',
}

function kindOf(value: ParameterValue): ValueKind {
  switch (typeof value) {
    case 'bigint':
      return 'integer'
    case 'number':
      return 'float'
    case 'boolean':
      return 'boolean'
    case 'string':
      return 'text'
    default:
      if (value === null) return 'none'
      return isList(value) ? 'list' : 'map'
  }
}

function warningsOf(
  notebook: Notebook,
  { parameters, secrets }: Inputs,
  translator: Translator,
): readonly string[] {
  const cell = taggedCell(notebook, 'parameters')
  const known = new Set(inspectParameters(notebook, translator)?.map(({ name }) => name))
  const hidden = secrets.filter(({ name }) => known.has(name)).map(overwritten)
  if (cell !== null) {
    const unknown = [...parameters.keys()].filter((name) => !known.has(name))
    return [...unknownWarnings(unknown, [...known]), ...hidden]
  }
  if (parameters.size === 0) return hidden
  const advice = 'tag the cell that sets the defaults, so that they do not overwrite the parameters'
  return [`The notebook has no cell tagged "parameters": they were put at its top; ${advice}`]
}

function unknownWarnings(names: readonly string[], known: readonly string[]): readonly string[] {
  const warnings = names.slice(0, maxWarnings).map((name) => unknownParameter(name, known))
  const more = names.length - warnings.length
  return more === 0 ? warnings : [...warnings, `The same applies to ${more} more parameters`]
}

function unknownParameter(name: string, known: readonly string[]): string {
  const close = closestString(name, known)
  const hint = close === null ? '' : `; did you mean "${close}"?`
  return `The notebook's "parameters" cell does not know the parameter ${quoteForError(name)}${hint}`
}

function overwritten({ name }: Secret): string {
  return `The notebook's "parameters" cell overwrites the secret ${quoteForError(name)}; leave it out there`
}

function noTranslator({ name, language }: KernelKind): RunError {
  const kernel = `the kernel ${quoteForError(name ?? '')} (language ${quoteForError(language ?? '')})`
  return new RunError(
    'ARGUMENTS_INVALID',
    `Cannot set parameters or secrets: nbtrigger does not know the language of ${kernel}`,
    { advice: 'leave them out, and have the notebook read them from a file' },
  )
}

/**
 * Injects a cell with the parameters where papermill does: in place of a cell that was injected
 * before, else after the cell tagged `parameters`, else first.
 */
export function injectParameters(
  notebook: Notebook,
  parameters: ParameterMap,
  translator: Translator,
): Notebook {
  if (parameters.size === 0) return notebook
  const lines = Array.from(parameters, ([name, value]) =>
    assignment({ kind: 'parameter', name, value }, translator),
  )
  const source = [translator.heading, ...lines, ''].join('\n')
  const before = taggedCell(notebook, injectedTag)
  if (before !== null) return withCell(notebook, source, { index: before.index, replaced: 1 })
  const defaults = taggedCell(notebook, 'parameters')
  return withCell(notebook, source, { index: (defaults?.index ?? -1) + 1, replaced: 0 })
}

interface Insertion {
  readonly index: number
  /** How many cells it replaces. */
  readonly replaced: 0 | 1
}

function withCell(notebook: Notebook, source: string, { index, replaced }: Insertion): Notebook {
  const { content } = notebook
  const others = notebook.cells.filter((each) => replaced === 0 || each.index !== index)
  const id = hasIds(notebook) ? freeId(others) : null
  const raw = {
    cell_type: 'code',
    ...(id === null ? {} : { id }),
    metadata: { tags: [injectedTag] },
    execution_count: null,
    outputs: [],
    source,
  }
  const cell: Cell = { index, id, type: 'code', source }
  const cells = insert(notebook.cells, cell, { index, replaced })
  return {
    ...notebook,
    cells: cells.map((each, place) => ({ ...each, index: place })),
    content: { ...content, cells: insert(rawCellsOf(notebook), raw, { index, replaced }) },
  }
}

function insert<T>(list: readonly T[], item: T, { index, replaced }: Insertion): readonly T[] {
  return [...list.slice(0, index), item, ...list.slice(index + replaced)]
}

function freeId(cells: readonly Cell[]): string {
  const taken = new Set(cells.map(({ id }) => id))
  let id = 'injected-parameters'
  for (let count = 2; taken.has(id); count++) id = `injected-parameters-${count}`
  return id
}

interface NamedValue {
  readonly kind: 'parameter' | 'secret'
  readonly name: string
  readonly value: ParameterValue
}

/** The statement that assigns the value; throws ARGUMENTS_INVALID where the language has none. */
function assignment({ kind, name, value }: NamedValue, translator: Translator): string {
  const { language } = translator
  const cannot = `Cannot set the ${kind} ${quoteForError(name)}`
  if (!translator.isName(name)) {
    throw new RunError('ARGUMENTS_INVALID', `${cannot}: ${language} has no such name`, {
      advice: `choose one that is a variable's in ${language}`,
    })
  }
  try {
    return translator.assign(name, value)
  } catch (cause) {
    if (!(cause instanceof UnsupportedValueError)) throw cause
    throw new RunError('ARGUMENTS_INVALID', `${cannot}: ${language} has ${cause.message}`, {
      advice: 'set it as text, and have the notebook read that',
      cause,
    })
  }
}
