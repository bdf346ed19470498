import { sep } from 'node:path'
import type { Refuse } from '../errors.ts'

/** Whether a text without "file:" is a path of this machine: "./x", "../x", or one of Windows ("x:\\…"). */
export function isFilePath(text: string): boolean {
  return /^(?:\.\.?[/\\]|[a-z]:[/\\])/i.test(text)
}

/** Refuses what stands behind "file:" and is no path. */
export function checkFilePath(path: string, refuse: Refuse): void {
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
