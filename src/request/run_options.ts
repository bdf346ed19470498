import type { ParameterMap } from '../parameters/parameter.ts'
import {
  type Option,
  type OptionName,
  allOptions,
  type OptionTable,
  type OptionValues,
} from './options.ts'

/** "cell-timeout" as JSON and code have it: "cellTimeout". */
type CamelCase<Name extends string> = Name extends `${infer First}-${infer Rest}`
  ? `${First}${Capitalize<CamelCase<Rest>>}`
  : Name

type TableValues = {
  readonly [Each in OptionTable[number] as CamelCase<Each['name']>]: OptionValues[Each['type']]
}

/** What a command line, a message or an HTTP request asks for: parsed, and not checked yet. */
export interface RunOptions extends TableValues {
  /** `HOST[:PORT]` as it was given; null leaves it to JUPYTER_SERVER. */
  readonly host: string | null
  /** As it was given; null leaves it to JUPYTER_NOTEBOOK. */
  readonly notebook: string | null
  /** The text of a notebook that a request brings along, in place of `notebook`; null for none. */
  readonly notebookContent: string | null
  /** Parameters that have types already, as those of JSON; the ones in flags are text. */
  readonly parameters: ParameterMap
}

export type OptionValue = OptionValues[keyof OptionValues]

const defaults: OptionValues = { flag: false, text: null, number: null, texts: [], pairs: [] }

/** Defaults only. */
export const noOptions: RunOptions = createOptions(new Map())

/** The options that have these values, and the defaults of all others. */
export function createOptions(
  values: ReadonlyMap<OptionName, OptionValue>,
  rest: Partial<Pick<RunOptions, 'host' | 'notebook' | 'notebookContent' | 'parameters'>> = {},
): RunOptions {
  const entries = allOptions.map(({ name, type }) => [
    camelCase(name),
    values.get(name) ?? defaults[type],
  ])
  const table: TableValues = Object.fromEntries(entries) // each reader gives a value of the option's type
  const none = { host: null, notebook: null, notebookContent: null, parameters: new Map() }
  return { ...none, ...rest, ...table }
}

/** Whether the options ask for a run of each of several sets of parameters. */
export function isSweep(options: RunOptions): boolean {
  const { each, eachFile, parallel, tasks, maxFailures, onlyFailed } = options
  return [each, eachFile, parallel, tasks, maxFailures, onlyFailed].some((value) => value !== null)
}

/** The options that have another value than their default. */
export function givenOptions(given: RunOptions): readonly Option[] {
  const values = new Map<string, unknown>(Object.entries(given))
  return allOptions.filter(({ name }) => {
    const value = values.get(camelCase(name))
    return Array.isArray(value) ? value.length > 0 : value !== null && value !== false
  })
}

/** The name of an option in JSON and in code: "cellTimeout". */
export function camelCase(name: Option['name']): string {
  return name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())
}
