import { setMaxListeners } from 'node:events'
import { RunError } from '../errors.ts'
import type { Emit } from '../events.ts'
import { type MarkdownCell, markdownCellsOf } from '../jupyter/markdown_cells.ts'
import type { JupyterServer } from '../jupyter/server.ts'
import { inspectParameters } from '../parameters/inspect.ts'
import type { NotebookParameter } from '../parameters/parameter.ts'
import { findTranslator } from '../parameters/translators/find_translator.ts'
import type { Redactor } from '../redaction/redactor.ts'
import type { NotebookRequest } from '../request/run_request.ts'
import { openServer } from '../request/server_config.ts'
import type { SourcedNotebook } from '../sources/source.ts'
import { deadline, noop } from '../util/abort.ts'
import { awaitServer } from './await_server.ts'

export interface NotebookSearch {
  readonly request: Pick<NotebookRequest, 'notebook' | 'startTimeoutMs' | 'loopbackTimeoutMs'>
  readonly server: JupyterServer
  /** Gets `server_waiting` for each attempt that the server did not answer. */
  readonly emit: Emit
  /** Called when the server answers, for calls that need not wait for the notebook. */
  readonly onServerReady?: () => void
  /** Whether it has answered before: then it is waited for only if it does not give the notebook at once. */
  readonly isKnown?: boolean
}

/**
 * Waits until the server answers, and reads the notebook: meanwhile, if it comes from elsewhere. Throws
 * a RunError.
 */
export async function findNotebook(
  { request, server, emit, onServerReady, isKnown = false }: NotebookSearch,
  signal: AbortSignal,
): Promise<SourcedNotebook> {
  const { notebook, startTimeoutMs } = request
  using limit = deadline(startTimeoutMs, () => serverNotReady(server, request), signal)
  const over = new AbortController()
  const both = AbortSignal.any([limit.signal, over.signal])
  setMaxListeners(0, both) // each attempt of a long wait adds one
  const early = notebook.isOnServer ? null : notebook.read(server, both)
  early?.catch((error: unknown) => over.abort(error)) // then there is no need to wait for the server
  try {
    const known = isKnown ? await notebook.read(server, both).catch(() => null) : null
    if (known !== null) return known
    await awaitServer({ limits: request, server, emit }, both)
    const reading = early ?? notebook.read(server, both)
    onServerReady?.()
    return await reading
  } catch (error) {
    signal.throwIfAborted() // the run was stopped or out of time, whatever the server did
    throw over.signal.aborted ? over.signal.reason : error
  } finally {
    over.abort(new RunError('CANCELLED', 'Cannot go on: the notebook is not needed any more'))
  }
}

/** What a person is shown of a notebook before it runs. */
export interface NotebookOutline {
  /** null when it has no cell for them. */
  readonly parameters: readonly NotebookParameter[] | null
  readonly markdown: readonly MarkdownCell[]
  /** The language of its code; null when it does not name one. */
  readonly language: string | null
}

/** The parameters that a notebook takes, and its Markdown. Starts no kernel. */
export async function notebookOutline(
  request: NotebookRequest,
  redactor: Redactor,
  signal: AbortSignal,
): Promise<NotebookOutline> {
  if (request.hub !== null && request.notebook.isOnServer) {
    const reason = 'it is on a server that JupyterHub would have to start'
    throw new RunError('ARGUMENTS_INVALID', `Cannot read the notebook alone: ${reason}`, {
      advice:
        'leave out --hub, and name the base URL of a server that runs: --base-url /user/NAME/',
    })
  }
  const server = openServer(request.server, redactor)
  const { notebook } = await findNotebook({ request, server, emit: noop }, signal)
  const kind = { name: request.kernelName ?? notebook.kernelName, language: notebook.language }
  const parameters = inspectParameters(notebook, findTranslator(kind))
  return { parameters, markdown: markdownCellsOf(notebook), language: notebook.language }
}

/** The error for a server that did not answer in time. */
export function serverNotReady(
  server: JupyterServer,
  { startTimeoutMs }: NotebookSearch['request'],
): RunError {
  const { host, protocol } = server.url
  const seconds = startTimeoutMs / 1000
  const late = server.rest.credentialsLate(`${seconds} s (--start-timeout)`)
  if (late !== null) return late
  const advice = protocol === 'https:' ? 'if it speaks plain http, leave out --use-https' : null
  return new RunError(
    'SERVER_UNREACHABLE',
    `Cannot call ${host}: it did not answer within ${seconds} s (--start-timeout)`,
    { advice },
  )
}
