import { type ErrorFactory, RunError } from '../errors.ts'
import type { ContentsApi, FolderEntry } from '../jupyter/contents.ts'
import { decodedPath } from '../request/json_request.ts'
import { noOptions } from '../request/run_options.ts'
import { createNotebookRequest } from '../request/run_request.ts'
import { openServer, readServerConfig } from '../request/server_config.ts'
import { namedAddress } from '../request/source_policy.ts'
import { notebookOutline } from '../run/find_notebook.ts'
import { createRunRedactor } from '../run/run.ts'
import { deadline } from '../util/abort.ts'
import { jsonPieces } from '../util/json_pieces.ts'
import { readSegments } from '../util/path_segments.ts'
import { quoteForError } from '../util/text.ts'
import { type Budget, waitForRoom } from './budget.ts'
import type { RequestContext } from './context.ts'
import { approximateBytes } from './paced_body.ts'
import { jsonReply, type Reply, smallBytes } from './reply.ts'
import { type Found, searchNotebooks } from './search_notebooks.ts'

const maxEntries = 1_000

/**
 * `GET /notebooks?folder=/path`: the folders and notebooks in a folder; with `search=text` those with
 * this text in their names, in any folder.
 */
export async function handleNotebooks({ app, request, signal }: RequestContext): Promise<Reply> {
  const folder = readFolderPath(request.query.get('folder') ?? '/')
  const text = request.query.get('search')?.trim() ?? ''
  const config = readServerConfig(noOptions, app.env, 'http')
  const redactor = createRunRedactor(noOptions, app.env)
  using _ = await waitForReadTurn(app.reads, signal)
  const { contents } = openServer(config, redactor)
  const { entries, isCut } =
    text === ''
      ? await listFolder(contents, folder, signal)
      : await searchBelow(contents, { folder, text }, signal)
  const marked = entries.map((entry) =>
    app.warm?.isReady(entry.path) ? { ...entry, isWarm: true } : entry,
  )
  const shown = redactor.names.value({ folder, entries: marked, isCut })
  return await readReply(shown, app.responses, signal)
}

async function listFolder(
  contents: ContentsApi,
  folder: string,
  signal: AbortSignal,
): Promise<Found> {
  const entries = inOrder(await contents.folder(folder, signal))
  return { entries: entries.slice(0, maxEntries), isCut: entries.length > maxEntries }
}

async function searchBelow(
  contents: ContentsApi,
  { folder, text }: { readonly folder: string; readonly text: string },
  signal: AbortSignal,
): Promise<Found> {
  using limit = deadline(maxSearchMs, tooSlow, signal)
  const read = (path: string) => contents.folder(path, limit.signal)
  const { entries, isCut } = await searchNotebooks(text, { from: folder, read })
  return { entries: inOrder(entries), isCut }
}

const maxSearchMs = 20_000

function tooSlow(): RunError {
  const reason = `the server did not list its folders within ${maxSearchMs / 1000} s`
  return new RunError('SERVER_UNREACHABLE', `Cannot search the notebooks: ${reason}`)
}

const byName = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

/** Folders first, then notebooks; "2" before "10". */
function inOrder(entries: readonly FolderEntry[]): readonly FolderEntry[] {
  return entries.toSorted((one, other) => {
    const isFolder = Number(other.type === 'directory') - Number(one.type === 'directory')
    return isFolder === 0 ? byName.compare(one.name, other.name) : isFolder
  })
}

function readFolderPath(text: string): string {
  const refuse: ErrorFactory = (reason, options) =>
    new RunError(
      'ARGUMENTS_INVALID',
      `Cannot use the folder ${quoteForError(text)}: ${reason}`,
      options,
    )
  return `/${readSegments(text, refuse).join('/')}`
}

/** Patience with a server that does not answer: a person waits for the form, and can ask again. */
const maxStartMs = 20_000

/** `GET /parameters/PATH.ipynb`: the notebook's parameters and Markdown, read without a kernel. */
export async function handleParameters({ app, rest, signal }: RequestContext): Promise<Reply> {
  const options = { ...noOptions, notebook: namedAddress(decodedPath(rest), app.env) }
  const full = createNotebookRequest(options, {
    env: app.env,
    folder: app.folder,
    caller: 'http',
  })
  const request = {
    ...full,
    startTimeoutMs: Math.min(full.startTimeoutMs, maxStartMs),
  }
  const redactor = createRunRedactor(noOptions, app.env)
  using _ = await waitForReadTurn(app.reads, signal)
  const outline = await notebookOutline(request, redactor, signal)
  const shown = redactor.names.value({ notebook: request.notebook.describe(), ...outline })
  return await readReply(shown, app.responses, signal)
}

const maxWaitMs = 60_000

/**
 * Waits for a turn at reading a notebook or a folder, which may have many megabytes. Throws BUSY
 * when there is none in time.
 */
export async function waitForReadTurn(reads: Budget, signal: AbortSignal): Promise<Disposable> {
  using limit = deadline(maxWaitMs, busy, signal)
  return await reads.wait(1, limit.signal)
}

function busy(): RunError {
  const reason = `others were read for ${maxWaitMs / 1000} s`
  return new RunError('BUSY', `Cannot read from the server: ${reason}`, {
    advice: 'try again later',
  })
}

/** Maximum wait for memory after reading; short, because it blocks other reads meanwhile. */
const maxReadWaitMs = 10_000

/**
 * The value as a JSON reply; a large one waits for memory. Throws BUSY. It is encoded to bytes,
 * because strings in `value` may be slices that keep the whole notebook in memory.
 */
export async function readReply(
  value: object,
  budget: Budget,
  signal: AbortSignal,
): Promise<Reply> {
  const bytes = approximateBytes(value)
  if (bytes <= smallBytes) return jsonReply(value)
  const room = await waitForRoom(bytes, { budget, maxMs: maxReadWaitMs }, signal)
  return { ...jsonReply(value), body: jsonBytes(value), reserved: room }
}

function jsonBytes(value: object): Buffer {
  return Buffer.concat(Array.from(jsonPieces(value), (piece) => Buffer.from(piece)))
}
