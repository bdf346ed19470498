import { asRunError } from '../errors.ts'
import type { Emit, RunFinished, RunReport } from '../events.ts'
import type { ParameterMap } from '../parameters/parameter.ts'
import { redactingSink } from '../redaction/redacting_sink.ts'
import { createRedactor, type Redactor } from '../redaction/redactor.ts'
import { type Caller, type Env, variableOf } from '../request/env.ts'
import type { ReadFile } from '../request/parameters.ts'
import { readRequest, type RunRequest } from '../request/run_request.ts'
import { secretsAsked } from '../request/secrets.ts'
import type { Destination } from '../storage/destination.ts'
import { noop, sinceAbort } from '../util/abort.ts'
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

export interface RunOutput {
  /** Takes the events, none of which holds a secret; the last one is `run_finished`. */
  readonly emit: Emit
  /** Stops the run, which ends with a report as ever. */
  readonly signal: AbortSignal
}

/**
 * From input to report, the same for every way in: reads the request, runs the notebook, publishes
 * the report, and returns it. Never rejects: input that cannot be read comes to a report as well.
 */
export async function run(input: RunInput, { emit, signal }: RunOutput): Promise<RunReport> {
  const stopped = sinceAbort(signal)
  const finished = await runToLastEvent(input, { emit, signal })
  const problem = await publish(finished.report, input, stopped())
  if (problem === null) {
    emit(finished)
    return finished.report
  }
  const report = { ...finished.report, warnings: [...finished.report.warnings, problem] }
  emit({ type: 'warning', message: problem })
  emit({ ...finished, report })
  return report
}

/** Takes the token, the HTTP key, and the secrets that an order asks for out of what is shown. */
export function redactorFor({ words, env }: Pick<RunInput, 'words' | 'env'>): Redactor {
  const own = ['JUPYTER_TOKEN', 'NBTRIGGER_HTTP_KEY'].map((name) => variableOf(env, name) ?? '')
  return createRedactor([...own, ...secretsAsked(words, env)])
}

/** Emits all events but the last, whose report is still to be published. */
async function runToLastEvent(input: RunInput, { emit, signal }: RunOutput): Promise<RunFinished> {
  const { runId, messageId, redactor } = input
  let request: RunRequest
  let destinations: readonly Destination[]
  try {
    const { env, caller, readFile } = input
    request = readRequest(input.words(), env, caller, readFile, input.parameters?.())
    destinations = await destinationsFor(request, input)
  } catch (error) {
    const report = new ReportBuilder({ runId, messageId, server: null, notebook: null })
    report.fail(asRunError(error))
    return redactingSink(redactor, noop).finish(report.finish())
  }
  let notebook: RunFinished['notebook'] = null
  const emitOthers: Emit = (event) => {
    if (event.type === 'run_finished') ({ notebook } = event)
    else emit(event)
  }
  const { runNotebook } = await import('./run_notebook.ts')
  const options = { runId, messageId, destinations, redactor, emit: emitOthers, signal }
  const report = await runNotebook(request, options)
  return { type: 'run_finished', report, notebook }
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

const maxPublishMs = 7_000
/** A platform that stops a run waits 8 s in all, and a person not much longer. */
const maxStoppedPublishMs = 4_000
const maxStoppedMs = 7_000
const minPublishMs = 1_000

/**
 * Publishes the report of a run that is over, if the environment names a topic for it. Returns why
 * it was not published, which is a warning and no more; null otherwise. `stoppedMs` says how long
 * ago the run was stopped; null when it was not.
 */
async function publish(
  report: RunReport,
  { env, earlier = [], redactor }: RunInput,
  stoppedMs: number | null,
): Promise<string | null> {
  const topic = variableOf(env, 'NBTRIGGER_RESULT_TOPIC')
  if (topic === null) return null
  const { publishReport } = await import('../reporting/publish.ts')
  const problem = await publishReport(report, { topic, earlier, maxMs: budgetMs(stoppedMs) })
  return problem === null ? null : redactor.text(problem)
}

function budgetMs(stoppedMs: number | null): number {
  if (stoppedMs === null) return maxPublishMs
  return Math.max(minPublishMs, Math.min(maxStoppedPublishMs, maxStoppedMs - stoppedMs))
}
