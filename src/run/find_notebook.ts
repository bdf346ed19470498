import { RunError } from '../errors.ts'
import type { Emit } from '../events.ts'
import type { Notebook } from '../jupyter/nbformat.ts'
import type { JupyterServer } from '../jupyter/server.ts'
import { inspectParameters } from '../parameters/inspect.ts'
import type { NotebookParameter } from '../parameters/parameter.ts'
import { findTranslator } from '../parameters/translators/find_translator.ts'
import type { Redactor } from '../redaction/redactor.ts'
import type { NotebookRequest } from '../request/run_request.ts'
import { openServer } from '../request/server_config.ts'
import { deadline, noop } from '../util/abort.ts'
import { awaitServer } from './await_server.ts'

interface NotebookSearch {
  readonly request: Pick<NotebookRequest, 'notebook' | 'startTimeoutMs' | 'loopbackTimeoutMs'>
  readonly server: JupyterServer
  /** Gets `server_waiting` for each attempt that the server did not answer. */
  readonly emit: Emit
  /** Called when the server answers, for calls that need not wait for the notebook. */
  readonly onAwake?: () => void
}

/** Waits until the server answers, then reads the notebook; throws a RunError. */
export async function findNotebook(
  { request, server, emit, onAwake }: NotebookSearch,
  signal: AbortSignal,
): Promise<Notebook> {
  using limit = deadline(request.startTimeoutMs, () => notAwake(server, request), signal)
  await awaitServer({ limits: request, server, emit }, limit.signal).catch((error: unknown) => {
    signal.throwIfAborted() // the run was stopped or out of time, whatever the server did
    throw error
  })
  const reading = request.notebook.read(server, limit.signal)
  onAwake?.()
  return await reading
}

/** The parameters that a notebook takes; null when it has no cell for them. Starts no kernel. */
export async function notebookParameters(
  request: NotebookRequest,
  redactor: Redactor,
  signal: AbortSignal,
): Promise<readonly NotebookParameter[] | null> {
  const server = openServer(request.server, redactor)
  const notebook = await findNotebook({ request, server, emit: noop }, signal)
  const kind = { name: request.kernelName ?? notebook.kernelName, language: notebook.language }
  return inspectParameters(notebook, findTranslator(kind))
}

function notAwake(server: JupyterServer, { startTimeoutMs }: NotebookSearch['request']): RunError {
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
