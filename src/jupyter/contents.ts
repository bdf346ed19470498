import { posix } from 'node:path'
import { RunError } from '../errors.ts'
import { deadline } from '../util/abort.ts'
import { closestString } from '../util/closest_string.ts'
import { lookalikeReason } from '../util/lookalikes.ts'
import { encodedPath } from '../util/path_segments.ts'
import { field, isRecord, textOf } from '../util/record.ts'
import { quoteForError } from '../util/text.ts'
import { type Notebook, readNotebook } from './nbformat.ts'
import { type JupyterResponse, responseError, serverMessage } from './response_error.ts'
import { type Call, responseLimits, type RestClient } from './rest.ts'
import { findKind, noFilesOn } from './server_kind.ts'

/** What `ContentsApi.save()` sends. */
export type ContentsModel =
  | { readonly type: 'directory' }
  | { readonly type: 'notebook'; readonly format: 'json'; readonly content: object }
  | {
      readonly type: 'file'
      readonly format: 'text' | 'base64'
      readonly content: string
      /** Counts a file's parts from 1; the last one is -1. */
      readonly chunk?: number
    }

/** A folder or notebook in a folder; other files are of no use for a run. */
export interface FolderEntry {
  readonly name: string
  /** With one leading slash, not encoded. */
  readonly path: string
  readonly type: 'directory' | 'notebook'
}

/** What is in a folder, whatever it is; hidden files are left out, unless the server shows them. */
export interface FolderNames {
  readonly folders: readonly string[]
  readonly files: readonly string[]
}

/**
 * The files of a server: `/api/contents`. Paths have one leading slash and are not encoded. Every
 * method throws a RunError with the code of `responseError()` for a response that it does not expect,
 * and SERVER_UNREACHABLE where none comes.
 */
export class ContentsApi {
  readonly #rest: RestClient

  constructor(rest: RestClient) {
    this.#rest = rest
  }

  /**
   * Reads a notebook; temporary errors are retried. Throws NOTEBOOK_NOT_FOUND, with a similar path as
   * advice where there is one, and NOTEBOOK_INVALID for a file that is no notebook.
   */
  async notebook(path: string, signal: AbortSignal): Promise<Notebook> {
    const call: Call = {
      purpose: `read the notebook ${quoteForError(path)}`,
      limit: responseLimits.notebook,
    }
    const url = `${contentsPath(path)}?type=notebook&content=1`
    const response = await this.#rest.callIdempotent(url, call, { signal })
    const { status, json } = response
    if (isNotFound(response)) {
      const kind = await findKind(this.#rest, signal)
      if (kind !== 'Jupyter Server') throw noFilesOn(kind, call.purpose)
      throw noSuchFile(call.purpose, path, await this.#findNear(path, signal))
    }
    if (status === 400) {
      throw new RunError('NOTEBOOK_INVALID', `Cannot ${call.purpose}: it is no notebook`, {
        advice: 'name a file that ends in ".ipynb"',
      })
    }
    if (status !== 200 || !isRecord(json)) throw this.#rest.error(call, response)
    return readNotebook(json['content'], path)
  }

  /** The path of a notebook, or of a folder above it, that was probably meant; null when there is none. */
  async #findNear(path: string, signal: AbortSignal): Promise<string | null> {
    using limit = deadline(maxSearchMs, tooSlow, signal)
    try {
      return await this.#nearPath(path, limit.signal)
    } catch {
      signal.throwIfAborted()
      return null // the error stays that there is no such file
    }
  }

  async #nearPath(path: string, signal: AbortSignal): Promise<string | null> {
    const folder = posix.dirname(path)
    const entries = await this.#entries(folder, signal)
    if (entries !== null) return nearestOf(posix.basename(path), entries)
    return folder === '/' ? null : await this.#nearPath(folder, signal)
  }

  /** Without retries; null when there is no such folder. */
  async #entries(path: string, signal: AbortSignal): Promise<readonly FolderEntry[] | null> {
    const call: Call = { purpose: 'look for similar names', limit: responseLimits.folder }
    const url = `${contentsPath(path)}?type=directory&content=1`
    const response = await this.#rest.call(url, call, signal)
    return response.status === 200 ? readFolder(response) : null
  }

  /** The folders and notebooks in a folder, sorted by name; throws NOTEBOOK_NOT_FOUND. */
  async folder(path: string, signal: AbortSignal): Promise<readonly FolderEntry[]> {
    const call: Call = {
      purpose: `list the folder ${quoteForError(path)}`,
      limit: responseLimits.folder,
    }
    const url = `${contentsPath(path)}?type=directory&content=1`
    const response = await this.#rest.callIdempotent(url, call, { signal })
    const entries = response.status === 200 ? readFolder(response) : null
    if (entries !== null) return entries
    if (isNotFound(response) || response.status === 400) throw noSuchFolder(call.purpose)
    throw this.#rest.error(call, response)
  }

  /** The names of all files and folders in a folder, unsorted; none when there is no such folder. */
  async names(path: string, signal: AbortSignal): Promise<FolderNames> {
    const call: Call = {
      purpose: `list the folder ${quoteForError(path)}`,
      limit: responseLimits.folder,
    }
    const url = `${contentsPath(path)}?type=directory&content=1`
    const response = await this.#rest.callIdempotent(url, call, { signal })
    if (isNotFound(response)) return { folders: [], files: [] }
    const models = response.status === 200 ? field(response.json, 'content') : null
    if (!Array.isArray(models)) throw this.#rest.error(call, response)
    const named = models.filter(isNamed)
    return {
      folders: named.filter(isFolder).map(({ name }) => name),
      files: named.filter((model) => !isFolder(model)).map(({ name }) => name),
    }
  }

  /** The text of a file in UTF-8, of up to 128 MiB; null when there is no such file. */
  async text(path: string, signal: AbortSignal): Promise<string | null> {
    const call: Call = { purpose: `read ${quoteForError(path)}`, limit: responseLimits.notebook }
    const url = `${contentsPath(path)}?type=file&format=text&content=1`
    const response = await this.#rest.callIdempotent(url, call, { signal })
    if (isNotFound(response)) return null
    const text = response.status === 200 ? textOf(response.json, 'content') : null
    if (text === null) throw this.#rest.error(call, response)
    return text
  }

  /**
   * Deletes a file or an empty folder, without retries; one that is not there is no error. Throws
   * OUTPUT_NOT_SAVED when the server refuses.
   */
  async delete(path: string, signal: AbortSignal): Promise<void> {
    const call: Call = { purpose: `delete ${quoteForError(path)}`, method: 'DELETE' }
    const response = await this.#rest.call(contentsPath(path), call, signal)
    if (response.status === 204 || isNotFound(response)) return
    throw contentsError(call.purpose, this.#rest.url, response)
  }

  /**
   * Whether there is a folder in which to save. Throws OUTPUT_NOT_SAVED where a file is in its place,
   * or the server gives no access.
   */
  async hasFolder(path: string, signal: AbortSignal): Promise<boolean> {
    const { call, response } = await this.#lookForFolder(path, signal)
    if (isNotFound(response)) return false
    if (response.status === 200) return true
    throw contentsError(call.purpose, this.#rest.url, response)
  }

  /** Whether the path is that of a folder: false for a file, and where there is nothing. */
  async isFolder(path: string, signal: AbortSignal): Promise<boolean> {
    const { call, response } = await this.#lookForFolder(path, signal)
    if (isNotFound(response) || response.status === 400) return false
    if (response.status === 200) return true
    throw this.#rest.error(call, response)
  }

  async #lookForFolder(
    path: string,
    signal: AbortSignal,
  ): Promise<{ readonly call: Call; readonly response: JupyterResponse }> {
    const call: Call = { purpose: `find the folder ${quoteForError(path)}` }
    const url = `${contentsPath(path)}?type=directory&content=0`
    return { call, response: await this.#rest.call(url, call, signal) }
  }

  /**
   * Makes a folder, or writes a file over what is there; not retried, and given up after 120 s. Returns
   * the file's size in bytes as the server has it, null when it does not say. Throws OUTPUT_NOT_SAVED
   * when the server refuses.
   */
  async save(path: string, model: ContentsModel, signal: AbortSignal): Promise<number | null> {
    const verb = model.type === 'directory' ? 'make the folder' : 'save'
    const purpose = `${verb} ${quoteForError(path)}`
    const call: Call = { purpose, method: 'PUT', body: model, timeoutMs: 120_000 }
    const response = await this.#rest.call(contentsPath(path), call, signal)
    if (response.status === 200 || response.status === 201) return sizeOf(response)
    throw contentsError(purpose, this.#rest.url, response)
  }
}

/** "/a b/c.ipynb" to "api/contents/a%20b/c.ipynb"; the path has been checked for "." and "..". */
function contentsPath(path: string): string {
  return `api/contents${encodedPath(path)}`
}

/** The server's 404 for a file is JSON or plain text; one for an API it does not have is a page. */
function isNotFound({ status, isHtml }: JupyterResponse): boolean {
  return status === 404 && !isHtml
}

const maxSearchMs = 3_000

function tooSlow(): RunError {
  return new RunError('SERVER_UNREACHABLE', 'Cannot look for similar names: it takes too long')
}

/** The entry whose name is nearest, the ending apart, which is easily forgotten. */
function nearestOf(name: string, entries: readonly FolderEntry[]): string | null {
  const close = closestString(
    stem(name),
    entries.map((entry) => stem(entry.name)),
  )
  return entries.find((entry) => stem(entry.name) === close)?.path ?? null
}

function stem(name: string): string {
  return name.replace(/\.ipynb$/i, '')
}

function noSuchFile(purpose: string, path: string, near: string | null): RunError {
  const what = `Cannot ${purpose}: the server has no such file`
  const lookalike = lookalikeReason(path)
  if (lookalike !== null) {
    return new RunError('NOTEBOOK_NOT_FOUND', `${what}; ${lookalike.what}`, lookalike)
  }
  const start = "the path starts at the server's root folder, as in JupyterLab's file list"
  const advice = near === null ? start : `did you mean ${quoteForError(near)}?`
  return new RunError('NOTEBOOK_NOT_FOUND', what, { advice })
}

function noSuchFolder(purpose: string): RunError {
  return new RunError('NOTEBOOK_NOT_FOUND', `Cannot ${purpose}: the server has no such folder`, {
    advice: 'the path starts at its root folder',
  })
}

/** Reads the contents model of a folder; null when it is none. */
function readFolder({ json }: JupyterResponse): readonly FolderEntry[] | null {
  if (!isRecord(json) || !Array.isArray(json['content'])) return null
  const entries = json['content'].flatMap(readEntry)
  return entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

function readEntry(model: unknown): FolderEntry[] {
  if (!isRecord(model)) return []
  const { name, path, type } = model
  if (typeof name !== 'string' || typeof path !== 'string') return []
  if (type !== 'directory' && type !== 'notebook') return []
  return [{ name, path: `/${path.replace(/^\/+/, '')}`, type }]
}

function isFolder({ type }: NamedModel): boolean {
  return type === 'directory'
}

interface NamedModel {
  readonly name: string
  readonly type?: unknown
}

function isNamed(model: unknown): model is NamedModel {
  return isRecord(model) && typeof model['name'] === 'string'
}

/** The size in bytes of a contents model; null when it has none. */
export function sizeOf({ json }: JupyterResponse): number | null {
  const size = isRecord(json) ? json['size'] : null
  return typeof size === 'number' ? size : null
}

const reasons: Readonly<Record<number, string>> = {
  403: 'the Jupyter Server gives this token no access there',
  404: 'the Jupyter Server has no such place for files',
  413: 'it is larger than the Jupyter Server, or what stands before it, takes in one request',
}

/**
 * The error for a response to a call that stores something, or looks for a place to store it:
 * OUTPUT_NOT_SAVED where the Jupyter Server itself refuses, else that of `responseError()`. `purpose`
 * follows "Cannot " in the message.
 */
export function contentsError(purpose: string, url: URL, response: JupyterResponse): RunError {
  const { status, json } = response
  const isFromJupyter = status === 413 || (status >= 400 && status < 500 && json !== undefined)
  if (!isFromJupyter || [401, 424, 429].includes(status))
    return responseError(purpose, url, response)
  const reason = reasons[status] ?? 'the Jupyter Server refuses'
  const what = `Cannot ${purpose}: ${reason} (${status}${serverMessage(response)})`
  return new RunError('OUTPUT_NOT_SAVED', what)
}
