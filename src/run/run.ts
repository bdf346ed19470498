import type { RunCheckpoint } from '../checkpoint/run_checkpoint.ts'
import { asRunError, RunError } from '../errors.ts'
import type { Emit, RunFinished, RunReport } from '../events.ts'
import type { PubsubTopic } from '../google/pubsub.ts'
import type { Recording } from '../history/record_run.ts'
import type { ParameterMap } from '../parameters/parameter.ts'
import { redactingSink } from '../redaction/redacting_sink.ts'
import { createRedactor, type Redactor } from '../redaction/redactor.ts'
import { type Env, variableOf } from '../request/env.ts'
import { knownOptions } from '../request/input_error.ts'
import type { RunOptions } from '../request/run_options.ts'
import type { RunContext, RunRequest } from '../request/run_request.ts'
import { secretValues } from '../request/secrets.ts'
import { noop, sinceAbort } from '../util/abort.ts'
import { ReportBuilder, type RunIdentity } from './report.ts'
import type { WarmKernels } from './warm.ts'

/** Input of one run, before it is checked. */
export interface RunInput extends RunContext {
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
  const { finished, request, parameters } = await runToLastEvent(input, { emit, signal, warm })
  if (input.checkpoint?.isLeft) {
    emit(finished) // the process that ends the run has to publish and record it
    return { ...finished, request }
  }
  const stoppedMs = stopped()
  const [unpublished, recorded] = await Promise.all([
    publish(finished.report, input, stoppedMs),
    record(finished, { ...input, request, parameters }, stoppedMs),
  ])
  const added = [unpublished, recorded?.problem ?? null].filter((problem) => problem !== null)
  const report = { ...finished.report, warnings: [...finished.report.warnings, ...added] }
  for (const message of added) emit({ type: 'warning', message })
  const recordedNotebook = recorded?.notebook && input.redactor.names.text(recorded.notebook)
  emit({ ...finished, report, ...(recordedNotebook && { recordedNotebook }) })
  return { report, notebook: finished.notebook, request }
}

/**
 * A redactor that masks the tokens, the HTTP key, the secrets that the options name, and the query of
 * the notebook's address, which may be what opens it, as far as the options could be read.
 */
export function createRunRedactor(options: RunOptions | RunError, env: Env): Redactor {
  const own = ['JUPYTER_TOKEN', 'NBTRIGGER_HTTP_KEY', 'GITHUB_TOKEN'].map(
    (name) => variableOf(env, name) ?? '',
  )
  const known = knownOptions(options).options
  const query = queryOf(known.notebook ?? variableOf(env, 'JUPYTER_NOTEBOOK'))
  return createRedactor([...own, ...secretValues(known, env), ...query])
}

function queryOf(address: string | null): readonly string[] {
  const [, query = ''] = /^https:[^?]*\?([^#]+)/i.exec(address ?? '') ?? []
  return query === '' ? [] : [query]
}

interface UnpublishedRun extends Pick<EndedRun, 'request'> {
  readonly finished: RunFinished
  /** As far as they could be read. */
  readonly parameters: ParameterMap
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
    request = createRunRequest(options, context)
  } catch (error) {
    const { identity, parameters } = await readablePart(options, context)
    const report = new ReportBuilder({ runId, messageId, server: null, ...identity })
    report.fail(asRunError(error))
    const finished = redactingSink(redactor, noop).finish(report.finish())
    return { finished, request: null, parameters }
  }
  const { runNotebook } = await import('./run_notebook.ts')
  const given = { redactor, emit, signal, warm: options.noWarm ? null : warm, checkpoint }
  const { parameters } = request
  return { finished: await runNotebook(request, given), request, parameters }
}

/** What can be read of a request that is refused, for the report. */
async function readablePart(
  options: RunOptions | RunError,
  { env, folder, readFile, redactor }: Omit<RunInput, 'options'>,
): Promise<Pick<UnpublishedRun, 'parameters'> & { readonly identity: Named }> {
  const { readableNotebook, readableParameters } = await import('../request/readable_part.ts')
  const { parameterTexts } = await import('../request/parameter_text.ts')
  const { options: known, isWhole } = knownOptions(options)
  // Where only a part could be read, the rest may name another notebook than the environment does.
  const isNamed = isWhole || known.notebook !== null || known.notebookContent !== null
  const notebook = isNamed ? readableNotebook(known, env, folder) : null
  const parameters = readableParameters(known, readFile)
  return {
    identity: { notebook, parameters: parameterTexts(parameters, redactor) },
    parameters,
  }
}

type Named = Pick<RunIdentity, 'notebook' | 'parameters'>

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

/** Keeps the report and the notebook in the history; null if the environment names none. */
async function record(
  finished: RunFinished,
  {
    env,
    folder,
    caller,
    redactor,
    request,
    parameters,
  }: RunInput & Pick<UnpublishedRun, 'request' | 'parameters'>,
  stoppedMs: number | null,
): Promise<Recording | null> {
  if (variableOf(env, 'NBTRIGGER_RUNS') === null) return null
  const { recordRun } = await import('../history/record_run.ts')
  return await recordRun(finished, {
    env,
    folder,
    caller,
    parameters,
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
