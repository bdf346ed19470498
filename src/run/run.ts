import type { RunCheckpoint } from '../checkpoint/run_checkpoint.ts'
import { asRunError, RunError } from '../errors.ts'
import type { Emit, RunFinished, RunReport } from '../events.ts'
import type { PubsubTopic } from '../google/pubsub.ts'
import { redactingSink } from '../redaction/redacting_sink.ts'
import { createRedactor, type Redactor } from '../redaction/redactor.ts'
import { namedNotebookOf } from '../request/argv.ts'
import { type Env, variableOf } from '../request/env.ts'
import { noOptions, type RunOptions } from '../request/run_options.ts'
import type { RunContext, RunRequest } from '../request/run_request.ts'
import { secretValues } from '../request/secrets.ts'
import { noop, sinceAbort } from '../util/abort.ts'
import { ReportBuilder, type RunIdentity } from './report.ts'
import type { WarmKernels } from './warm.ts'

/** Input of one run, before it is checked. */
export interface RunInput extends Omit<RunContext, 'holdsSecret'> {
  /** An error when they could not be parsed; it becomes the error of the report. */
  readonly options: RunOptions | RunError
  /** The notebooks whose reports led to this run. */
  readonly earlier?: readonly string[]
  /** Of `createRunRedactor()`; it also learns what becomes a secret while the notebook runs. */
  readonly redactor: Redactor
  /** Where the run is written down; left out where no other process could go on with it. */
  readonly checkpoint?: RunCheckpoint | null
}

export interface RunOutput {
  /** Takes the events, none of which holds a secret; the last one is `run_finished`. */
  readonly emit: Emit
  /** Stops the run, which ends with a report as ever. */
  readonly signal: AbortSignal
  /** Kernels in which the setup of some notebooks has run; left out where there are none. */
  readonly warm?: WarmKernels | null
}

/** A run that is over; it holds no secret. */
export interface EndedRun extends Pick<RunFinished, 'report' | 'notebook'> {
  /** null when the input was refused. */
  readonly request: RunRequest | null
}

/**
 * From input to report, the same for every way in: reads the request, runs the notebook, and
 * publishes the report. Never rejects: input that cannot be read comes to a report as well.
 */
export async function executeRun(
  input: RunInput,
  { emit, signal, warm = null }: RunOutput,
): Promise<EndedRun> {
  const stopped = sinceAbort(signal)
  const { finished, request } = await runToLastEvent(input, { emit, signal, warm })
  if (input.checkpoint?.isLeft) {
    emit(finished) // the process that ends the run has to publish and record it
    return { ...finished, request }
  }
  const stoppedMs = stopped()
  const problems = await Promise.all([
    publish(finished.report, input, stoppedMs),
    record(finished, { ...input, request }, stoppedMs),
  ])
  const added = problems.filter((problem) => problem !== null)
  const report = { ...finished.report, warnings: [...finished.report.warnings, ...added] }
  for (const message of added) emit({ type: 'warning', message })
  emit({ ...finished, report })
  return { report, notebook: finished.notebook, request }
}

/**
 * A redactor that masks the tokens, the HTTP key, the secrets that the options name, and the query of
 * the notebook's address, which may be what opens it. Options that could not be parsed name neither.
 */
export function createRunRedactor(options: RunOptions | RunError, env: Env): Redactor {
  const own = ['JUPYTER_TOKEN', 'NBTRIGGER_HTTP_KEY', 'GITHUB_TOKEN'].map(
    (name) => variableOf(env, name) ?? '',
  )
  const given = options instanceof RunError ? [] : secretValues(options, env)
  const named = options instanceof RunError ? null : options.notebook
  const query = queryOf(named ?? variableOf(env, 'JUPYTER_NOTEBOOK'))
  return createRedactor([...own, ...given, ...query])
}

function queryOf(address: string | null): readonly string[] {
  const [, query = ''] = /^https:[^?]*\?([^#]+)/i.exec(address ?? '') ?? []
  return query === '' ? [] : [query]
}

interface UnpublishedRun extends Pick<EndedRun, 'request'> {
  readonly finished: RunFinished
}

/**
 * Emits all events but the last, whose report is still to be published. What it loads is most of the
 * program, which a cold start that refuses a message does without.
 */
async function runToLastEvent(
  { options, checkpoint = null, ...context }: RunInput,
  { emit, signal, warm = null }: RunOutput,
): Promise<UnpublishedRun> {
  const { runId, messageId, redactor } = context
  let request: RunRequest
  try {
    if (options instanceof RunError) throw options
    const { createRunRequest } = await import('../request/run_request.ts')
    const holdsSecret = (text: string) => redactor.text(text) !== text
    request = createRunRequest(options, { ...context, holdsSecret })
  } catch (error) {
    const known = await readablePart(options, context)
    const identity = { runId, messageId, server: null, ...known }
    const report = new ReportBuilder(identity)
    report.fail(asRunError(error))
    return { finished: redactingSink(redactor, noop).finish(report.finish()), request: null }
  }
  const { runNotebook } = await import('./run_notebook.ts')
  const given = { redactor, emit, signal, warm: options.noWarm ? null : warm, checkpoint }
  return { finished: await runNotebook(request, given), request }
}

/** What can be read of a request that is refused, for the report. */
async function readablePart(
  options: RunOptions | RunError,
  { env, folder, readFile, redactor }: Omit<RunInput, 'options'>,
): Promise<Pick<RunIdentity, 'notebook' | 'parameters'>> {
  const { readableNotebook, readableParameters } = await import('../request/readable_part.ts')
  const { parameterTexts } = await import('../request/parameter_text.ts')
  if (options instanceof RunError) {
    const notebook = namedNotebookOf(options)
    return { notebook: notebook && readableNotebook({ ...noOptions, notebook }, env, folder) }
  }
  return {
    notebook: readableNotebook(options, env, folder),
    parameters: parameterTexts(readableParameters(options, readFile), redactor),
  }
}

/** For the publishing and the recording of a run, which go side by side. */
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
  const topic = resultTopic(env)
  if (topic === null) return null
  const { publishReport } = await import('../reporting/publish.ts')
  const problem = await publishReport(report, { ...topic, earlier, maxMs: budgetMs(stoppedMs) })
  return problem === null ? null : redactor.text(problem)
}

/** Where the environment has reports published; null for nowhere. */
export function resultTopic(env: Env): PubsubTopic | null {
  const topic = variableOf(env, 'NBTRIGGER_RESULT_TOPIC')
  if (topic === null) return null
  return { topic, project: projectOf(env), emulator: variableOf(env, 'PUBSUB_EMULATOR_HOST') }
}

/** The project that the environment names, for a topic that is named without one. */
function projectOf(env: Env): string | null {
  const names = ['PUBSUB_PROJECT_ID', 'GOOGLE_CLOUD_PROJECT', 'GCLOUD_PROJECT']
  return names.map((name) => variableOf(env, name)).find((value) => value !== null) ?? null
}

/**
 * Keeps the report and the notebook in the history, if the environment names a place for it. Returns
 * why they could not be kept, which is a warning and no more; null otherwise.
 */
async function record(
  finished: RunFinished,
  { env, folder, caller, redactor, request }: RunInput & Pick<EndedRun, 'request'>,
  stoppedMs: number | null,
): Promise<string | null> {
  if (variableOf(env, 'NBTRIGGER_RUNS') === null) return null
  const { recordRun } = await import('../history/record_run.ts')
  return await recordRun(finished, {
    env,
    folder,
    caller,
    parameters: request?.parameters ?? new Map(),
    server: request?.server ?? null,
    redactor,
    maxMs: budgetMs(stoppedMs),
    maySweep: stoppedMs === null,
  })
}

function budgetMs(stoppedMs: number | null): number {
  if (stoppedMs === null) return maxPublishMs
  return Math.max(minPublishMs, Math.min(maxStoppedPublishMs, maxStoppedMs - stoppedMs))
}
