import pRetry from 'p-retry'
import { asRunError, isTemporary, RunError } from '../errors.ts'
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

interface NotebookSearch {
  readonly request: Pick<NotebookRequest, 'notebook' | 'startTimeoutMs'>
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
  const { startTimeoutMs } = request
  using limit = deadline(startTimeoutMs, () => notAwake(server, request), signal)
  let last: RunError | null = null
  try {
    await pRetry(() => server.status.requireJupyter(limit.signal), {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: 250,
      maxTimeout: 4_000,
      randomize: true,
      signal: limit.signal,
      shouldRetry: ({ error }) => isTemporary(error),
      onFailedAttempt: ({ error, attemptNumber }) => {
        if (limit.signal.aborted) return // it failed because of that
        if (!isTemporary(error)) return // no further attempt follows
        last = asRunError(error)
        emit({ type: 'server_waiting', attempt: attemptNumber, reason: last.message })
      },
    })
    const reading = request.notebook.read(server, limit.signal)
    onAwake?.()
    return await reading
  } catch (error) {
    const isLate = limit.signal.aborted && !signal.aborted
    throw isLate && last !== null ? triedLong(last, startTimeoutMs) : error
  }
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

function triedLong(last: RunError, startTimeoutMs: number): RunError {
  const tried = `tried for ${startTimeoutMs / 1000} s (--start-timeout)`
  return new RunError(last.code, `${last.what}; ${tried}`, { advice: last.advice, cause: last })
}
