import { posix } from 'node:path'
import pRetry from 'p-retry'
import { isTemporary, RunError } from '../errors.ts'
import type { ContentsApi } from '../jupyter/contents.ts'
import type { JupyterServer } from '../jupyter/server.ts'
import { jsonText } from '../util/json.ts'
import { quoteForError } from '../util/text.ts'
import { type Destination, type DestinationKind, formatOf, readPath } from './destination.ts'
import type { Document } from './serialise.ts'

/** The contents of the Jupyter Server that the notebook ran on. */
export const contentsDestination: DestinationKind = {
  scheme: null,
  example: '/path',
  parse: (path, { text }) => contentsAt(readPath(path, text)),
}

/** Whether it is a file of the Jupyter Server: only their addresses have no scheme. */
export function isOnServer({ address }: Pick<Destination, 'address'>): boolean {
  return address.startsWith('/')
}

/** `path` has one leading slash and is not encoded. */
function contentsAt(path: string): Destination {
  return {
    address: path,
    format: formatOf(path),
    path,
    at: contentsAt,
    save: (document, server, signal) => saveToContents(path, { document, server }, signal),
  }
}

/** Cloud Run takes 32 MiB in one request; the rest is for its headers. */
const maxBytes = 30 * 2 ** 20
/** In base64 four bytes stand for three. */
const partBytes = (maxBytes / 4) * 3 - 3 * 1024

/** `server` needs to have the contents API alone. */
interface ContentsTools {
  readonly document: Document
  readonly server: Pick<JupyterServer, 'contents'>
}

/** Stores the document over what is there; passing trouble is given two more chances. */
export async function saveToContents(
  path: string,
  { document, server: { contents } }: ContentsTools,
  signal: AbortSignal,
): Promise<void> {
  const attempt = async () => {
    await makeFolder(contents, posix.dirname(path), signal)
    if (isLarge(document)) await putParts(contents, { path, document }, signal)
    else await contents.save(path, document.model, signal)
  }
  await pRetry(attempt, {
    retries: 2,
    minTimeout: 500,
    shouldRetry: ({ error }) => isTemporary(error),
    signal,
  })
}

function isLarge({ bytes, model }: Document): boolean {
  return bytes.length > maxBytes || Buffer.byteLength(jsonText(model)) > maxBytes
}

/** Makes the folder and those above it that are missing. */
async function makeFolder(contents: ContentsApi, path: string, signal: AbortSignal): Promise<void> {
  if (path === '/' || (await contents.hasFolder(path, signal))) return
  await makeFolder(contents, posix.dirname(path), signal)
  await contents.save(path, { type: 'directory' }, signal)
}

/**
 * The first part replaces the file and each later one is put at its end, so none is sent again
 * alone, and an only part goes without a number: the last one's would put it at the end.
 */
async function putParts(
  contents: ContentsApi,
  { path, document: { bytes } }: { readonly path: string; readonly document: Document },
  signal: AbortSignal,
): Promise<void> {
  const total = Math.ceil(bytes.length / partBytes)
  let size: number | null = null
  for (let part = 1; part <= total; part += 1) {
    const slice = bytes.subarray((part - 1) * partBytes, part * partBytes)
    const content = Buffer.from(slice).toString('base64')
    const number = total === 1 ? {} : { chunk: part === total ? -1 : part }
    const model = { type: 'file', format: 'base64', content, ...number } as const
    size = await contents.save(path, model, signal)
  }
  if (size === null || size === bytes.length) return
  throw new RunError(
    'OUTPUT_NOT_SAVED',
    `Cannot save ${quoteForError(path)}: the Jupyter Server kept ${size} of its ${bytes.length} bytes, ` +
      'as contents managers do that do not know files in parts',
    { advice: 'save it to "gs://bucket/object"' },
  )
}
