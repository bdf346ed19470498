import { isAbsolute, resolve, sep } from 'node:path'
import type { ErrorFactory } from '../errors.ts'

/** Whether a text without "file:" is a path of this machine: "./x", "../x", or one of Windows ("x:\\…"). */
export function isFilePath(text: string): boolean {
  return /^(?:\.\.?[/\\]|[a-z]:[/\\])/i.test(text)
}

/** Refuses what stands behind "file:" and is no path. */
export function checkFilePath(path: string, refuse: ErrorFactory): void {
  if (path.includes('\0')) throw refuse('it contains a control character')
  if (/^\/\/[^/]/.test(path)) {
    throw refuse('a file has no host', { advice: 'write "file:" and the path' })
  }
  if (sep === '/' && /^[a-z]:[/\\]/i.test(path)) {
    throw refuse('it is a path of Windows, which this machine does not have')
  }
  if (path.startsWith('~')) {
    throw refuse('the shell does not expand "~" there', { advice: 'write "file:$HOME/..."' })
  }
}

/** A path from the root of the file system; `folder` is from where relative ones lead. */
export function absolutePath(path: string, folder: string | null, refuse: ErrorFactory): string {
  if (folder !== null) return resolve(folder, path)
  if (isAbsolute(path)) return resolve(path)
  throw refuse('the folder in which nbtrigger was started was deleted', {
    advice: 'change to another folder, or write the path from the root',
  })
}

/** The folder of the process; null where it was deleted. */
export function workingFolder({ cwd }: Pick<NodeJS.Process, 'cwd'>): string | null {
  try {
    return cwd()
  } catch {
    return null
  }
}
