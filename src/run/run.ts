import { asRunError } from '../errors.ts'
import type { RunEvent, RunFinished, RunReport } from '../events.ts'
import type { ParameterMap } from '../parameters/parameter.ts'
import { holdPartialSecrets, redactedEvent } from '../redaction/redacting_sink.ts'
import { createRedactor, type Redactor } from '../redaction/redactor.ts'
import { type Caller, type Env, variableOf } from '../request/env.ts'
import type { ReadFile } from '../request/parameters.ts'
import { readRequest, type RunRequest } from '../request/run_request.ts'
import { secretsAsked } from '../request/secrets.ts'
import type { Destination } from '../storage/destination.ts'
import { sinceAbort } from '../util/abort.ts'
import { ReportBuilder } from './report.ts'

/** Somebody's wish for a run, as it came in. */
export interface RunInput {
  /** The words; throws a RunError when there are none to be read. */
  readonly words: () => readonly string[]
  readonly env: Env
  readonly caller: Caller
  /** Those beside the words, of types that words have not; throws as `words` does. */
  readonly parameters?: () => ParameterMap
  /** Lent by whoever has files of its own. */
  readonly readFile?: ReadFile
  /** Pub/Sub's id of the message that brought it. */
  readonly messageId: string | null
  readonly runId: string
  /** Of `redactorFor()`; it also learns what becomes a secret while the notebook runs. */
  readonly redactor: Redactor
  /** The notebooks whose reports led to this run. */
  readonly earlier?: readonly string[]
}

/**
 * From words to report, the same for every way in: reads the request, runs the notebook, shows
 * `observe` every event with no secret in it, publishes the report, and returns it.
 */
export async function trigger(
  order: RunInput,
  observe: (event: RunEvent) => void,
  signal: AbortSignal,
): Promise<RunReport> {
  const { redactor } = order
  const stopped = sinceAbort(signal)
  let report: RunReport | null = null
  for await (const raw of holdPartialSecrets(run(order, signal), redactor)) {
    const event = redactedEvent(raw, redactor)
    if (event.type !== 'run_finished') {
      observe(event)
      continue
    }
    const { env, earlier = [] } = order
    const stoppedMs = stopped()
    for (const last of await announce(event, { env, earlier, redactor, stoppedMs })) {
      observe(last)
      if (last.type === 'run_finished') report = last.report
    }
  }
  if (report === null) throw new Error('Cannot end a run without a report')
  return report
}

/** Takes the token, the HTTP key, and the secrets that an order asks for out of what is shown. */
export function redactorFor({ words, env }: Pick<RunInput, 'words' | 'env'>): Redactor {
  const own = ['JUPYTER_TOKEN', 'NBTRIGGER_HTTP_KEY'].map((name) => variableOf(env, name) ?? '')
  return createRedactor([...own, ...secretsAsked(words, env)])
}

async function* run(order: RunInput, signal: AbortSignal): AsyncGenerator<RunEvent, void, void> {
  const { runId, messageId, redactor } = order
  let request: RunRequest
  let destinations: readonly Destination[]
  try {
    const { env, caller, readFile } = order
    request = readRequest(order.words(), env, caller, readFile, order.parameters?.())
    destinations = await destinationsFor(request, order)
  } catch (error) {
    const draft = new ReportBuilder({ runId, messageId, server: null, notebook: null })
    draft.fail(asRunError(error))
    yield draft.finish()
    return
  }
  const { runNotebook } = await import('./run_notebook.ts')
  yield* runNotebook(request, { runId, messageId, destinations, redactor }, signal)
}

// What is loaded here is most of the program: a cold start that refuses a message, or saves nothing,
// does without it.

async function destinationsFor(
  request: RunRequest,
  order: RunInput,
): Promise<readonly Destination[]> {
  if (request.outputs.length === 0) return []
  const { destinationsOf } = await import('./destinations.ts')
  return destinationsOf(request, order)
}

export interface Announcement {
  readonly env: Env
  /** The notebooks whose reports led to this run. */
  readonly earlier: readonly string[]
  readonly redactor: Redactor
  /** Since when somebody stops the run, in milliseconds; null when nobody does. */
  readonly stoppedMs: number | null
}

const maxMs = 7_000
/** A platform that stops a run waits 8 s in all, and a person not much longer. */
const stoppedMostMs = 4_000
const stoppedInAllMs = 7_000
const minMs = 1_000

/**
 * Publishes the report of a run that is over, if the environment names a topic for it. Returns what
 * is left to be shown: that it was not published is a warning in the report, and no more.
 */
async function announce(
  finished: RunFinished,
  { env, earlier, redactor, stoppedMs }: Announcement,
): Promise<readonly [...warnings: RunEvent[], last: RunFinished]> {
  const topic = variableOf(env, 'NBTRIGGER_RESULT_TOPIC')
  if (topic === null) return [finished]
  const { publishReport } = await import('../reporting/publish.ts')
  const { report } = finished
  const trouble = await publishReport(report, { topic, earlier, maxMs: budgetMs(stoppedMs) })
  if (trouble === null) return [finished]
  const message = redactor.text(trouble)
  const warnings = [...report.warnings, message]
  return [
    { type: 'warning', message },
    { ...finished, report: { ...report, warnings } },
  ]
}

function budgetMs(stoppedMs: number | null): number {
  if (stoppedMs === null) return maxMs
  return Math.max(minMs, Math.min(stoppedMostMs, stoppedInAllMs - stoppedMs))
}
