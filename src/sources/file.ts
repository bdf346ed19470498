import { createReadStream } from 'node:fs'
import { basename, sep } from 'node:path'
import { RunError, type RunErrorOptions } from '../errors.ts'
import { deadline } from '../util/abort.ts'
import { absolutePath, checkFilePath, isFilePath } from '../util/file_path.ts'
import { systemReason } from '../util/system_reason.ts'
import { quoteForError } from '../util/text.ts'
import { readLimited } from './read_limited.ts'
import { invalidSource, type SourceKind, sourcedNotebook, tooSlow, maxSourceMs } from './source.ts'

/** A file of this machine: "file:PATH", "./PATH", "../PATH", and on Windows "C:\PATH". */
export const fileSource: SourceKind = {
  example: 'file:PATH',
  isOne: (address) => /^file:/i.test(address) || isFilePath(address),
  parse: (text, { allowFiles, folder }) => {
    if (!allowFiles) {
      const advice = 'name one of the Jupyter Server, by its path from the root folder'
      throw invalidSource(text, 'files are for the command alone', { advice })
    }
    const bare = text.replace(/^file:/i, '')
    const given = sep === '\\' ? bare.replaceAll('\\', '/') : bare
    const refuse = (reason: string, options?: RunErrorOptions) =>
      invalidSource(text, reason, options)
    checkFilePath(given, refuse)
    if (given === '') throw refuse('it names no file')
    const path = absolutePath(given, folder, refuse)
    const address = `file:${path}`
    return {
      describe: () => address,
      name: basename(path, '.ipynb'),
      location: null,
      isOnServer: false,
      ownDestination: address,
      workingDirectory: '',
      read: async (_, signal) =>
        sourcedNotebook(await readFile(path, address, signal), {
          url: address,
          version: null,
        }),
    }
  },
}

async function readFile(path: string, address: string, signal: AbortSignal): Promise<Buffer> {
  using limit = deadline(maxSourceMs, () => tooSlow(address), signal)
  try {
    const stream = createReadStream(path, { signal: limit.signal })
    return await readLimited(stream, address)
  } catch (cause) {
    limit.signal.throwIfAborted()
    throw cause instanceof RunError ? cause : notRead(address, cause)
  }
}

const problems: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'there is no permission to read it',
  EPERM: 'there is no permission to read it',
}

function notRead(address: string, cause: unknown): RunError {
  const reason = systemReason(cause, problems)
  const what = `Cannot read the notebook ${quoteForError(address)}: ${reason}`
  return new RunError('NOTEBOOK_NOT_FOUND', what, { advice: 'check the path', cause })
}
