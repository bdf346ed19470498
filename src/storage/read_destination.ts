import { isIPv4 } from 'node:net'
import { RunError, type RunErrorOptions } from '../errors.ts'
import { readSegments } from '../util/path_segments.ts'
import { quoteForError, quoteAddress } from '../util/text.ts'
import type { Destination, FileDestination, Format, GcsDestination } from './destination.ts'

/** Only the command has files; the room beside this one has the word for who asks. */
type Caller = 'command' | 'function' | 'http'

/** Reads "/path", "gs://bucket/object" or "file:PATH", each ending in ".ipynb" or ".html". */
export function readDestination(text: string, caller: Caller): Destination {
  const [, scheme, rest = ''] = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(text) ?? []
  switch (scheme?.toLowerCase()) {
    case undefined:
      return { type: 'contents', ...readPath(text, text) }
    case 'gs':
      return readGcs(rest, text)
    case 'file':
      return readFile(rest, { text, caller })
    default:
      throw invalid(
        quoteAddress(text),
        'it is neither "/path" nor "gs://bucket/object" nor "file:PATH"',
        { advice: 'put "/" before a name with a colon' },
      )
  }
}

/** A bucket's name may be a domain; this is one part of it. */
const bucketPart = /^[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?$/

function isBucketName(name: string): boolean {
  const hasLength = name.length >= 3 && name.length <= 222
  const isReserved = name.startsWith('goog') || isIPv4(name)
  return hasLength && !isReserved && name.split('.').every((part) => bucketPart.test(part))
}

function readGcs(rest: string, text: string): GcsDestination {
  const [, bucket, object] = /^\/\/([^/]*)\/(.*)$/s.exec(rest) ?? []
  if (bucket === undefined || object === undefined) {
    throw invalid(quoteForError(text), 'write it as "gs://bucket/object"')
  }
  if (!isBucketName(bucket)) {
    throw invalid(quoteForError(text), `no bucket can have the name ${quoteForError(bucket)}`)
  }
  const { format, path } = readPath(object, text)
  return { type: 'gcs', format, bucket, path: path.slice(1) }
}

function readFile(
  path: string,
  { text, caller }: { readonly text: string; readonly caller: Caller },
): FileDestination {
  if (caller !== 'command') {
    throw invalid(quoteForError(text), 'files are for the command alone', {
      advice: 'use "/path" or "gs://bucket/object"',
    })
  }
  if (path.includes('\0')) throw invalid(quoteForError(text), 'it contains a control character')
  if (/^\/\/[^/]/.test(path)) {
    throw invalid(quoteForError(text), 'a file has no host', {
      advice: 'write "file:" and the path',
    })
  }
  if (path.startsWith('~')) {
    throw invalid(quoteForError(text), 'the shell does not expand "~" there', {
      advice: 'write "file:$HOME/..."',
    })
  }
  return { type: 'file', format: readFormat(path, text), path, folder: folderBefore(path) }
}

/** The folders that are written out, without a placeholder in their names. */
function folderBefore(path: string): string {
  const [literal = ''] = path.split('{')
  const end = literal.lastIndexOf('/')
  return end === 0 ? '/' : literal.slice(0, Math.max(end, 0)) || '.'
}

function readPath(path: string, text: string): { readonly format: Format; readonly path: string } {
  const segments = readSegments(path, (reason, options) =>
    invalid(quoteForError(text), reason, options),
  )
  const format = readFormat(path, text)
  return { format, path: `/${segments.join('/')}` }
}

function readFormat(path: string, text: string): Format {
  const [, name, ending] = /(?:^|\/)([^/]*)\.(ipynb|html)$/.exec(path) ?? []
  if (name === undefined) {
    throw invalid(quoteForError(text), 'it ends neither in ".ipynb" nor in ".html"')
  }
  if (name === '') throw invalid(quoteForError(text), 'the file has no name before its ending')
  return ending === 'html' ? 'html' : 'ipynb'
}

function invalid(destination: string, reason: string, options: RunErrorOptions = {}): RunError {
  return new RunError(
    'ARGUMENTS_INVALID',
    `Cannot use the output ${destination}: ${reason}`,
    options,
  )
}
