import { createReadStream } from 'node:fs'
import { basename, sep } from 'node:path'
import { type ErrorFactory, RunError } from '../errors.ts'
import { deadline } from '../util/abort.ts'
import { absolutePath, checkFilePath, isFilePath } from '../util/file_path.ts'
import { systemReason } from '../util/system_reason.ts'
import { readLimited } from './read_limited.ts'
import {
  invalidSource,
  maxSourceMs,
  notForCaller,
  notRead,
  type SourceKind,
  sourcedNotebook,
  sourceElsewhere,
  tooSlow,
} from './source.ts'

/** A file of this machine: "file:PATH", "./PATH", "../PATH", and on Windows "C:\PATH". */
export const fileSource: SourceKind = {
  example: 'file:PATH',
  isOne: (address) => /^file:/i.test(address) || isFilePath(address),
  parse: (text, { allowFiles, folder }) => {
    if (!allowFiles) throw notForCaller(text, 'files are for the command alone')
    const bare = text.replace(/^file:/i, '')
    const given = sep === '\\' ? bare.replaceAll('\\', '/') : bare
    const refuse: ErrorFactory = (reason, options) => invalidSource(text, reason, options)
    checkFilePath(given, refuse)
    if (given === '') throw refuse('it names no file')
    const path = absolutePath(given, folder, refuse)
    const address = `file:${path}`
    return sourceElsewhere({
      address,
      name: basename(path, '.ipynb'),
      read: async (signal) => {
        const bytes = await readFile(path, address, signal)
        return await sourcedNotebook(bytes, { url: address, version: null })
      },
    })
  },
}

async function readFile(path: string, address: string, signal: AbortSignal): Promise<Buffer> {
  using limit = deadline(maxSourceMs, () => tooSlow(address), signal)
  try {
    const stream = createReadStream(path, { signal: limit.signal })
    return await readLimited(stream, address)
  } catch (cause) {
    limit.signal.throwIfAborted()
    if (cause instanceof RunError) throw cause
    throw notFound(address, cause)
  }
}

const problems: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'there is no permission to read it',
  EPERM: 'there is no permission to read it',
}

function notFound(address: string, cause: unknown): RunError {
  const reason = systemReason(cause, problems)
  return notRead('NOTEBOOK_NOT_FOUND', address, reason, { advice: 'check the path', cause })
}
