import { RunError } from '../errors.ts'
import { closestString } from '../util/closest_string.ts'
import { isRecord } from '../util/record.ts'
import { quoteForError } from '../util/text.ts'
import type { Notebook } from './nbformat.ts'
import { type Call, responseLimits, type RestClient } from './rest.ts'

/** The kernels that a server can start: name to language. */
export interface Kernelspecs {
  readonly default: string
  readonly languages: ReadonlyMap<string, string>
}

export interface KernelChoice {
  readonly name: string
  /** Set when it is not the kernel that the notebook names. */
  readonly warning: string | null
}

/** The kernels that a server can start: `/api/kernelspecs`. */
export class KernelspecsApi {
  readonly #rest: RestClient

  constructor(rest: RestClient) {
    this.#rest = rest
  }

  /**
   * The kernels that the server can start. Temporary errors are retried; throws a RunError with the code
   * of `responseError()` for a response that is no list of them.
   */
  async list(signal: AbortSignal): Promise<Kernelspecs> {
    const response = await this.#rest.callIdempotent('api/kernelspecs', listCall, { signal })
    const specs = response.status === 200 ? readKernelspecs(response.json) : null
    if (specs === null) throw this.#rest.error(listCall, response)
    return specs
  }

  /** Whether the server lists its kernelspecs without a token. */
  async isPublic(signal: AbortSignal): Promise<boolean> {
    const call: Call = { ...listCall, probe: true }
    const response = await this.#rest.callIdempotent('api/kernelspecs', call, { signal })
    return response.status === 200 && readKernelspecs(response.json) !== null
  }
}

const listCall: Call = {
  purpose: 'list the kernels of the server',
  limit: responseLimits.kernelspecs,
}

/** Reads the response to `GET /api/kernelspecs`; null when it is not one. */
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

/** What Jupyter itself makes of the kernel name "python" (KernelManager of jupyter_client). */
const aliases: Readonly<Record<string, string>> = { python: 'python3' }

/**
 * The name by which the server lists this kernel; undefined when it does not. Names compare in lower
 * case, as in Jupyter (KernelSpecManager of jupyter_client).
 */
function listedName(name: string, { languages }: Kernelspecs): string | undefined {
  if (languages.has(name)) return name
  const lowerName = name.toLowerCase()
  const alias = Object.hasOwn(aliases, lowerName) ? aliases[lowerName] : undefined
  const find = (lower: string | undefined) =>
    [...languages.keys()].find((listed) => listed.toLowerCase() === lower)
  return find(lowerName) ?? find(alias)
}

/**
 * The kernel to start: the requested one, else the notebook's own, else one of its language (the
 * server's default where it fits), else the server's default for a notebook that names neither.
 * Throws KERNEL_NOT_FOUND rather than choose another language.
 */
export function chooseKernel(
  { requested, notebook }: { readonly requested: string | null; readonly notebook: Notebook },
  specs: Kernelspecs,
): KernelChoice {
  const ownName = requested ?? notebook.kernelName
  const name = ownName === null ? undefined : listedName(ownName, specs)
  if (name !== undefined) return { name, warning: null }
  if (requested !== null) throw notFound(requested, specs)
  if (ownName === null && notebook.language === null) return serverDefault(specs)
  const substitute = sameLanguage(notebook.language, specs)
  if (substitute === undefined) throw noneOfItsLanguage(notebook, specs)
  return {
    name: substitute,
    warning: ownName === null ? null : substituteWarning(ownName, substitute, specs),
  }
}

function serverDefault(specs: Kernelspecs): KernelChoice {
  const name = listedName(specs.default, specs)
  if (name === undefined) throw notFound(specs.default, specs)
  return { name, warning: null }
}

function sameLanguage(language: string | null, specs: Kernelspecs): string | undefined {
  if (language === null) return undefined
  const lowerLanguage = language.toLowerCase()
  const isInLanguage = (name: string) => specs.languages.get(name) === lowerLanguage
  return [specs.default, ...specs.languages.keys()].find(isInLanguage)
}

function substituteWarning(ownName: string, name: string, specs: Kernelspecs): string {
  const language = specs.languages.get(name) ?? ''
  return `The notebook asks for the kernel ${quoteForError(ownName)}, which the server does not have; runs in "${name}" (${language})`
}

function notFound(name: string, specs: Kernelspecs): RunError {
  const close = closestString(name, [...specs.languages.keys()])
  return new RunError(
    'KERNEL_NOT_FOUND',
    `Cannot start the kernel ${quoteForError(name)}: the server has ${listOfKernels(specs)}`,
    { advice: close === null ? null : `did you mean ${quoteForError(close)}?` },
  )
}

function noneOfItsLanguage({ kernelName, language }: Notebook, specs: Kernelspecs): RunError {
  const kernel = kernelName === null ? 'a kernel' : `the kernel ${quoteForError(kernelName)}`
  const description =
    language === null ? 'does not name its language' : `is in ${quoteForError(language)}`
  return new RunError(
    'KERNEL_NOT_FOUND',
    `Cannot start ${kernel} for the notebook, which ${description}: the server has ${listOfKernels(specs)}`,
    { advice: 'install the kernel beside the Jupyter Server, or name another one with --kernel' },
  )
}

function listOfKernels({ languages }: Kernelspecs): string {
  if (languages.size === 0) return 'no kernels at all'
  return [...languages.keys()].map((name) => quoteForError(name)).join(', ')
}
