import { RunError } from '../errors.ts'
import type { Answer } from './answer.ts'
import { isRecord } from './json.ts'

/** What stands in a folder of the contents API and is of use for a run. */
export interface FolderEntry {
  readonly name: string
  /** With one leading slash, not encoded. */
  readonly path: string
  readonly type: 'directory' | 'notebook'
}

/** Reads the contents model of a folder; null when it is none. */
export function readFolder({ json }: Answer): readonly FolderEntry[] | null {
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
  const reason = 'the server has no such folder; the path starts at its root folder'
  return new RunError('NOTEBOOK_NOT_FOUND', `Cannot ${purpose}: ${reason}`)
}
