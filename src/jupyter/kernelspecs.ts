import { RunError } from '../errors.ts'
import { isRecord } from './json.ts'
import type { Notebook } from './notebook.ts'

/** The kernels that a server can start: name to language. */
export interface Kernelspecs {
  readonly default: string
  readonly languages: ReadonlyMap<string, string>
}

export interface KernelChoice {
  readonly name: string
  /** Said when it is not the kernel that the notebook asks for. */
  readonly warning: string | null
}

/** Reads the answer of `GET /api/kernelspecs`; null when it is not one. */
export function readKernelspecs(json: unknown): Kernelspecs | null {
  if (!isRecord(json) || typeof json['default'] !== 'string' || !isRecord(json['kernelspecs'])) {
    return null
  }
  const languages = Object.entries(json['kernelspecs']).map(
    ([name, entry]) => [name, languageOf(entry)] as const,
  )
  return { default: json['default'], languages: new Map(languages) }
}

function languageOf(entry: unknown): string {
  const spec = isRecord(entry) ? entry['spec'] : null
  const language = isRecord(spec) ? spec['language'] : null
  return typeof language === 'string' ? language.toLowerCase() : ''
}

/**
 * The kernel to start: the one asked for, else the notebook's own, else one of the same language
 * (the server's default where it fits), else the server's default.
 */
export function chooseKernel(
  { asked, notebook }: { readonly asked: string | null; readonly notebook: Notebook },
  specs: Kernelspecs,
): KernelChoice {
  const names = [...specs.languages.keys()]
  if (asked !== null) {
    if (specs.languages.has(asked)) return { name: asked, warning: null }
    throw notFound(asked, names)
  }
  const own = notebook.kernelName
  if (own !== null && specs.languages.has(own)) return { name: own, warning: null }
  if (names.length === 0) throw notFound(own ?? specs.default, names)
  const name = sameLanguage(notebook.language, specs) ?? specs.default
  return { name, warning: own === null ? null : substituteWarning(own, name, specs) }
}

function sameLanguage(language: string | null, specs: Kernelspecs): string | undefined {
  const wanted = language?.toLowerCase()
  const speaks = (name: string) => specs.languages.get(name) === wanted
  return speaks(specs.default) ? specs.default : [...specs.languages.keys()].find(speaks)
}

function substituteWarning(own: string, name: string, specs: Kernelspecs): string {
  const language = specs.languages.get(name) || 'unknown language'
  return `The notebook asks for the kernel "${own}", which the server does not have; ran in "${name}" (${language})`
}

function notFound(name: string, names: readonly string[]): RunError {
  const offer = names.length === 0 ? 'no kernels at all' : names.map((n) => `"${n}"`).join(', ')
  return new RunError(
    'KERNEL_NOT_FOUND',
    `Cannot start the kernel "${name}": the server has ${offer}`,
  )
}
