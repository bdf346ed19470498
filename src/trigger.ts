import { asRunError } from './errors.ts'
import type { RunEvent, RunReport } from './events.ts'
import { createRedactor, type Redactor } from './report/redact.ts'
import { variableOf, type Caller, type Env } from './request/environment.ts'
import { readRequest } from './request/read_request.ts'
import type { RunRequest } from './request/run_request.ts'
import { RunDraft } from './run_draft.ts'
import { runNotebook } from './run.ts'

/** Somebody's wish for a run, as it came in. */
export interface Order {
  /** The words; throws a RunError when there are none to be read. */
  readonly words: () => readonly string[]
  readonly env: Env
  readonly caller: Caller
  /** Pub/Sub's id of the message that brought it. */
  readonly messageId: string | null
  readonly runId: string
}

/**
 * From words to report, the same for every way in: reads the request, runs the notebook, shows
 * `observe` every event with no secret in it, and returns the report of the last one.
 */
export async function trigger(
  order: Order,
  observe: (event: RunEvent) => void,
  signal: AbortSignal,
): Promise<RunReport> {
  const redactor = redactorFor(order.env)
  let report: RunReport | null = null
  for await (const raw of run(order, signal)) {
    // Were the token as short as "run", our own names would go with it.
    const event = { ...redactor.value(raw), type: raw.type } as RunEvent
    observe(event)
    if (event.type === 'run_finished') report = event.report
  }
  if (report === null) throw new Error('Cannot end a run without a report')
  return report
}

/** Takes the secrets of the environment out of what is shown. */
export function redactorFor(env: Env): Redactor {
  return createRedactor([variableOf(env, 'JUPYTER_TOKEN') ?? ''])
}

async function* run(order: Order, signal: AbortSignal): AsyncGenerator<RunEvent, void, void> {
  const { runId, messageId } = order
  let request: RunRequest
  try {
    request = readRequest(order.words(), order.env, order.caller)
  } catch (error) {
    const draft = new RunDraft({ runId, messageId, server: null, notebook: null })
    draft.fail(asRunError(error))
    yield draft.finish()
    return
  }
  yield* runNotebook(request, { runId, messageId }, signal)
}
