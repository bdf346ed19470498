import pRetry from 'p-retry'
import { asRunError, isPassing, RunError } from '../errors.ts'
import type { RunEvent } from '../events.ts'
import type { Notebook } from '../jupyter/nbformat.ts'
import type { JupyterServer } from '../jupyter/server.ts'
import type { RunRequest } from '../request/run_request.ts'
import { deadline, told } from '../util/abort.ts'

interface Search {
  readonly request: RunRequest
  readonly server: JupyterServer
  /** Called when the server answers, for what can be asked beside the notebook. */
  readonly onAwake?: () => void
}

/** Waits for the server, then reads the notebook. */
export async function* findNotebook(
  { request, server, onAwake }: Search,
  signal: AbortSignal,
): AsyncGenerator<RunEvent, Notebook, void> {
  const { startTimeoutMs } = request
  using limit = deadline(startTimeoutMs, () => notAwake(server, request), signal)
  let last: RunError | null = null
  try {
    yield* told((tell: (event: RunEvent) => void, either) => {
      const probe = () => server.probe(either)
      return pRetry(probe, {
        retries: Number.POSITIVE_INFINITY,
        minTimeout: 250,
        maxTimeout: 4_000,
        randomize: true,
        signal: either,
        shouldRetry: ({ error }) => isPassing(error),
        onFailedAttempt: ({ error, attemptNumber }) => {
          if (either.aborted) return // that is why it failed, and it says nothing of the server
          if (!isPassing(error)) return // nobody waits for what does not pass
          last = asRunError(error)
          tell({ type: 'server_waiting', attempt: attemptNumber, reason: last.message })
        },
      })
    }, limit.signal)
    const reading = server.notebook(request.notebook, limit.signal)
    onAwake?.()
    return await reading
  } catch (error) {
    const isLate = limit.signal.aborted && !signal.aborted
    throw isLate && last !== null ? triedLong(last, startTimeoutMs) : error
  }
}

function notAwake(server: JupyterServer, { startTimeoutMs }: RunRequest): RunError {
  const { host, protocol } = server.url
  const seconds = startTimeoutMs / 1000
  const late = server.credentialsLate(`${seconds} s (--start-timeout)`)
  if (late !== null) return late
  const hint = protocol === 'https:' ? '; if it speaks plain http, leave out --use-https' : ''
  return new RunError(
    'SERVER_UNREACHABLE',
    `Cannot call ${host}: it did not answer within ${seconds} s (--start-timeout)${hint}`,
  )
}

function triedLong(last: RunError, startTimeoutMs: number): RunError {
  const tried = `tried for ${startTimeoutMs / 1000} s (--start-timeout)`
  return new RunError(last.code, `${last.message}; ${tried}`, { cause: last })
}
