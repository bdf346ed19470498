import { RunError } from '../errors.ts'
import { isRecord } from '../util/record.ts'
import type { JupyterResponse } from './response.ts'
import { responseError, serverMessage } from './response_error.ts'

/** What the contents API takes to be stored. */
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

/** The size in bytes that a stored file has by the server's answer. */
export function sizeOf({ json }: JupyterResponse): number | null {
  const size = isRecord(json) ? json['size'] : null
  return typeof size === 'number' ? size : null
}

const reasons: Readonly<Record<number, string>> = {
  403: 'the Jupyter Server gives this token no access there',
  404: 'the Jupyter Server has no such place for files',
  413: 'it is larger than the Jupyter Server, or what stands before it, takes in one request',
}

/** The error for an answer that does not store or find what it should. */
export function contentsRefusal(purpose: string, url: URL, answer: JupyterResponse): RunError {
  const { status, json } = answer
  const isOurs = status === 413 || (status >= 400 && status < 500 && json !== undefined)
  if (!isOurs || [401, 424, 429].includes(status)) return responseError(purpose, url, answer)
  const reason = reasons[status] ?? 'the Jupyter Server refuses'
  const message = `Cannot ${purpose}: ${reason} (${status}${serverMessage(answer)})`
  return new RunError('OUTPUT_NOT_SAVED', message)
}

/** The error for an answer of nbconvert that is no page; its reasons come as pages, never shown. */
export function renderRefusal(purpose: string, url: URL, answer: JupyterResponse): RunError {
  const { status } = answer
  if (status !== 404 && status !== 500) return contentsRefusal(purpose, url, answer)
  const install = 'install nbconvert beside the Jupyter Server'
  const [reason, advice] =
    status === 404
      ? ['the Jupyter Server has no nbconvert (404)', install]
      : ["the Jupyter Server's nbconvert fails (500)", `${install}, or look into the server's log`]
  return new RunError('OUTPUT_NOT_SAVED', `Cannot ${purpose}: ${reason}`, { advice })
}

/** What stands in a folder of the contents API and is of use for a run. */
export interface FolderEntry {
  readonly name: string
  /** With one leading slash, not encoded. */
  readonly path: string
  readonly type: 'directory' | 'notebook'
}

/** Reads the contents model of a folder; null when it is none. */
export function readFolder({ json }: JupyterResponse): readonly FolderEntry[] | null {
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

export function noSuchFolder(purpose: string): RunError {
  return new RunError('NOTEBOOK_NOT_FOUND', `Cannot ${purpose}: the server has no such folder`, {
    advice: 'the path starts at its root folder',
  })
}
