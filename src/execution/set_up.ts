import { RunError } from '../errors.ts'
import { taggedCell, type Notebook } from '../jupyter/notebook.ts'
import { nearest } from '../nearest.ts'
import type { ParameterMap, Secret } from '../parameter.ts'
import { quoted } from '../quoted.ts'
import { assignment } from './assignment.ts'
import { inspectParameters } from './inspection.ts'
import { injectParameters } from './parameters.ts'
import { findTranslator, type KernelKind } from './translators/find_translator.ts'
import type { Translator } from './translators/translator.ts'

const mostWarnings = 20

/** What a notebook is given beside its own cells. */
export interface Inputs {
  readonly parameters: ParameterMap
  readonly secrets: readonly Secret[]
}

export interface SetUp {
  readonly notebook: Notebook
  /** What the kernel executes in silence before the first cell. */
  readonly secrets: readonly SecretStatement[]
  readonly warnings: readonly string[]
}

export interface SecretStatement {
  readonly name: string
  readonly code: string
}

/** Writes parameters and secrets in the kernel's language, which has to be one that is known here. */
export function setUp(
  notebook: Notebook,
  { parameters, secrets }: Inputs,
  kernel: KernelKind,
): SetUp {
  if (parameters.size === 0 && secrets.length === 0) return { notebook, secrets: [], warnings: [] }
  const translator = findTranslator(kernel)
  if (translator === null) throw noTranslator(kernel)
  return {
    notebook: injectParameters(notebook, parameters, translator),
    secrets: secrets.map(({ name, value }) => ({
      name,
      code: assignment({ kind: 'secret', name, value }, translator),
    })),
    warnings: warningsOf(notebook, { parameters, secrets }, translator),
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
  const warnings = names.slice(0, mostWarnings).map((name) => unknownParameter(name, known))
  const more = names.length - warnings.length
  return more === 0 ? warnings : [...warnings, `The same is so of ${more} more parameters`]
}

function unknownParameter(name: string, known: readonly string[]): string {
  const close = nearest(name, known)
  const hint = close === null ? '' : `; did you mean "${close}"?`
  return `The notebook's "parameters" cell does not know the parameter ${quoted(name)}${hint}`
}

function overwritten({ name }: Secret): string {
  return `The notebook's "parameters" cell overwrites the secret ${quoted(name)}; leave it out there`
}

function noTranslator({ name, language }: KernelKind): RunError {
  const kernel = `the kernel ${quoted(name ?? '')} (language ${quoted(language ?? '')})`
  return new RunError(
    'ARGUMENTS_INVALID',
    `Cannot set parameters or secrets: nbtrigger does not know the language of ${kernel}`,
  )
}
