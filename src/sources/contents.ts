import { posix } from 'node:path'
import { invalidArguments, type RunError, type RunErrorOptions } from '../errors.ts'
import { readSegments } from '../util/path_segments.ts'
import { quoteForError } from '../util/text.ts'
import type { SourceKind } from './source.ts'

/** A notebook of the Jupyter Server itself, by its path in the contents API, which is not encoded. */
export const contentsSource: SourceKind = {
  example: '/path',
  isOne: (address) => !address.includes('://'),
  parse: (text) => {
    const segments = readSegments(text, (reason, options) => invalidPath(text, reason, options))
    if (segments.length === 0) throw invalidPath(text, 'it names no file')
    const path = segments.join('/')
    return {
      describe: () => `/${path}`,
      name: posix.basename(path, '.ipynb'),
      location: null,
      isOnServer: true,
      ownDestination: `/${path}`,
      workingDirectory: path,
      read: async (server, signal) => ({
        notebook: await server.contents.notebook(`/${path}`, signal),
        source: null,
      }),
    }
  },
}

/** A path may hold "#", "?" and "@", none of which hides a secret. */
function invalidPath(path: string, reason: string, options: RunErrorOptions = {}): RunError {
  const what = `Cannot use the notebook path ${quoteForError(path)}: ${reason}`
  return invalidArguments(what, options)
}
