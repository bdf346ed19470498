import { RunError } from '../errors.ts'
import { readSegments } from '../path_segments.ts'
import { quoted, quotedAddress } from '../quoted.ts'

/** A path of Jupyter's contents API with one leading slash, not encoded. */
export function readNotebookPath(text: string): string {
  if (text.includes('://')) {
    throw invalid(quotedAddress(text), 'it is a URL; write HOST[:PORT], a space, and the path')
  }
  const segments = readSegments(text, (reason) => invalid(quoted(text), reason))
  if (segments.length === 0) throw invalid(quoted(text), 'it names no file')
  return `/${segments.join('/')}`
}

function invalid(path: string, reason: string): RunError {
  return new RunError('ARGUMENTS_INVALID', `Cannot use the notebook path ${path}: ${reason}`)
}
