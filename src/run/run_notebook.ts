import type { RunCheckpoint } from '../checkpoint/run_checkpoint.ts'
import { asRunError, leavesRun, type RunError } from '../errors.ts'
import type { Emit, RunFinished } from '../events.ts'
import { planOf } from '../execution/plan.ts'
import { setSecrets } from '../execution/set_secrets.ts'
import type { Kernel } from '../jupyter/kernel.ts'
import { RunIds } from '../jupyter/run_ids.ts'
import { prepareParameters } from '../parameters/inject.ts'
import { redactingSink } from '../redaction/redacting_sink.ts'
import type { Redactor } from '../redaction/redactor.ts'
import { parameterTexts } from '../request/parameter_text.ts'
import type { RunRequest } from '../request/run_request.ts'
import { openServer } from '../request/server_config.ts'
import { noop } from '../util/abort.ts'
import { cleanUp } from './clean_up.ts'
import { explainFailedStart } from './diagnose.ts'
import { HubRun } from './hub_run.ts'
import { ProgressRecorder } from './progress_recorder.ts'
import { ReportBuilder } from './report.ts'
import { deadlineOf, endEarlierStart, resumeRun } from './resume_run.ts'
import { runCells, RunLimits } from './run_cells.ts'
import {
  beginExecution,
  createSaves,
  needsServer,
  readSource,
  type Run,
  type ServerRun,
  type UsedByRun,
  withoutSecrets,
} from './server_run.ts'
import { kernelLookups, obtainKernel, prepareConnection, startKernel } from './start_kernel.ts'
import type { WarmKernels } from './warm.ts'

export interface RunNotebookOptions {
  /** Takes the secrets out of every event and of what is stored. */
  readonly redactor: Redactor
  /** Takes the events but the last, none of which holds a secret. */
  readonly emit: Emit
  /** Stops the run, which cleans up and then ends with a report as ever. */
  readonly signal: AbortSignal
  /** Kernels in which the setup of some notebooks has run; left out where there are none. */
  readonly warm?: WarmKernels | null
  /** Where the run is written down; left out where no other process could go on with it. */
  readonly checkpoint?: RunCheckpoint | null
}

/**
 * Runs a notebook: the server awake, a kernel started, every code cell executed, the kernel
 * deleted. Never rejects, whatever happens: what came of the run stands in the report. Returns the
 * last event, which is emitted once the report was published.
 */
export async function runNotebook(
  request: RunRequest,
  { redactor, emit, signal, warm = null, checkpoint = null }: RunNotebookOptions,
): Promise<RunFinished> {
  const { runId, messageId } = request
  const identity = {
    runId,
    messageId,
    server: request.server.url.href,
    notebook: request.notebook.describe(),
    parameters: parameterTexts(request.parameters, redactor),
  }
  const report = new ReportBuilder(identity)
  const sink = redactingSink(redactor, emit)
  const observe: Emit = (event) => {
    report.observe(event)
    if (event.type === 'kernel_created') checkpoint?.addKernel(event.kernel.id)
    sink.emit(event)
  }
  const run = { request, identity, redactor, report, warm, checkpoint, emit: observe }
  const stop = checkpoint === null ? signal : AbortSignal.any([signal, checkpoint.signal])
  await runAndCleanUp(run, stop)
  const finished = report.finish()
  return sink.finish({ ...finished, notebook: withoutSecrets(finished.notebook, run) })
}

/** Runs and cleans up; what goes wrong is written down in the report. */
async function runAndCleanUp(run: Run, signal: AbortSignal): Promise<void> {
  const { request, identity, redactor, report, checkpoint, emit } = run
  const { server } = request
  using limits = new RunLimits(request, signal, deadlineOf(checkpoint))
  const notBegun = await beginCheckpoint(run, signal)
  const { messageId: _, parameters, ...shown } = identity
  const resumed = report.resumed.at(-1)
  emit({
    type: 'run_started',
    ...shown,
    ...(parameters !== null && { parameters }),
    ...(resumed !== undefined && { resumed }),
  })
  for (const message of request.warnings) emit({ type: 'warning', message })
  if (notBegun !== null) return report.fail(notBegun)
  const hub =
    request.hub === null || !needsServer(request) ? null : new HubRun(run, request.hub, signal)
  let kernel: Kernel | null = null
  try {
    const config = hub === null ? server : { ...server, url: await hub.start(limits.run) }
    report.setServer(config.url)
    const perform = request.prepareOnly ? prepare : runOnServer
    const opened = openServer(config, redactor)
    if (checkpoint !== null) opened.kernels.beforeConnect = () => checkpoint.check()
    kernel = await perform({ ...run, server: opened }, limits, signal)
  } catch (error) {
    report.fail(asRunError(error))
  }
  if (checkpoint?.isLeft) return
  const deletionError = kernel?.deletionError ?? null
  // A server that is stopped takes its kernels along.
  if (await hub?.stop(signal)) report.kernelsEnded()
  else if (deletionError !== null) emit({ type: 'warning', message: deletionError.message })
  await explainFailedStart(run, limits.run)
}

/** Makes the run that of this process; returns why it cannot be. */
async function beginCheckpoint(
  { checkpoint, report, emit }: Run,
  signal: AbortSignal,
): Promise<RunError | null> {
  if (checkpoint === null) return null
  try {
    await checkpoint.begin((message) => emit({ type: 'warning', message }), signal)
    report.resumed = checkpoint.resumed
    return null
  } catch (error) {
    return asRunError(error)
  }
}

/** Runs on a server that is there, or awakes, and ends the run; what goes wrong is written down. */
async function runOnServer(
  run: ServerRun,
  limits: RunLimits,
  signal: AbortSignal,
): Promise<Kernel | null> {
  const { request, report, checkpoint, emit } = run
  using saves = createSaves(run)
  const used: UsedByRun = { kernel: null, warm: null, recorder: null }
  try {
    if (checkpoint?.previous?.progress) await resumeRun(run, used, limits)
    else await startRun(run, used, limits)
  } catch (error) {
    report.fail(asRunError(error))
  }
  if (await leaveIfLeft(run, used)) return used.kernel
  const problems = await cleanUp({ request, report, saves }, used, signal)
  for (const message of problems) emit({ type: 'warning', message })
  return used.kernel
}

/**
 * Leaves the run where another process goes on with it; returns whether. What that process needs is
 * written down then, and the kernel not touched any more; else only the notebook is still to be saved,
 * and the kernel to be deleted.
 */
async function leaveIfLeft(
  { checkpoint, report }: ServerRun,
  { kernel, recorder }: UsedByRun,
): Promise<boolean> {
  if (checkpoint === null) return false
  const { error } = report
  if (error !== null && (leavesRun(error) || isUnwritten(error, checkpoint))) {
    checkpoint.isLeft = true
  } else if (!checkpoint.isLeft)
    await recorder?.ended().catch((e: unknown) => report.fail(asRunError(e)))
  if (!checkpoint.isLeft) return false
  await recorder?.left()
  await kernel?.leave()
  if (kernel !== null) report.kernelEnded(kernel, null)
  return true
}

/** Whether no cell was sent since that could not be written down, and another process begins again. */
function isUnwritten({ code }: RunError, { isBegunAgain }: RunCheckpoint): boolean {
  return code === 'CHECKPOINT_FAILED' && isBegunAgain
}

/** Starts a kernel, or takes a warm one, and runs the cells; throws why it cannot, or one failed. */
async function startRun(run: ServerRun, used: UsedByRun, limits: RunLimits): Promise<void> {
  const { request, redactor, report, checkpoint, emit } = run
  const warn = (message: string) => emit({ type: 'warning', message })
  if (checkpoint !== null) await endEarlierStart({ ...run, checkpoint }, limits.start)
  const ids = new RunIds(request.runId)
  const lookups = kernelLookups(run, limits.start)
  using reservation = run.warm?.reserve(request, redactor) ?? null
  const startsKernel = request.kernelId === null && !reservation?.isHeld
  const lookUp = () => {
    void lookups.kernelspecs()
    void lookups.gateway()
  }
  const onServerReady = startsKernel ? lookUp : noop
  const isKnown = reservation?.isHeld ?? false // then it has started that kernel
  const source = await readSource({ ...run, onServerReady, isKnown }, limits.run)
  const warm = (await reservation?.take(source)) ?? null
  used.warm = warm
  report.warm = warm && { ageMs: warm.ageMs }
  warm?.warnings.forEach(warn)
  const obtained = warm ?? (await obtainKernel({ ...run, lookups, ids }, source, limits.start))
  const { kernel } = obtained
  used.kernel = kernel
  const { name } = kernel
  const language = request.language ?? obtained.language
  const { notebook, secrets, warnings } = prepareParameters(source, request, { name, language })
  warnings.forEach(warn)
  const executed = beginExecution(notebook, run)
  const plan = planOf(notebook, request)
  if (warm === null) await startKernel(kernel, run, limits.start)
  prepareConnection(kernel, run)
  limits.started()
  executed.setLanguage(kernel.languageInfo)
  emit({ type: 'kernel_started', kernel: { id: kernel.id, name }, cellsToRun: plan.cells.length })
  if (warm === null) await setSecrets(kernel, secrets, limits.run)
  const { deadlineAt } = limits
  const recorder =
    checkpoint &&
    new ProgressRecorder({ ...run, checkpoint, kernel, notebook, executed, deadlineAt })
  used.recorder = recorder
  await runCells({ kernel, executed, plan, report, emit, recorder }, limits.run)
}

/** Saves the notebook with its parameters; no kernel is started, and null returned for it. */
async function prepare(run: ServerRun, limits: RunLimits, signal: AbortSignal): Promise<null> {
  const { request, report, emit } = run
  const warn = (message: string) => emit({ type: 'warning', message })
  using saves = createSaves(run)
  try {
    const source = await readSource(run, limits.run)
    const name = request.kernelName ?? source.kernelName
    const language = request.language ?? source.language
    const { notebook, warnings } = prepareParameters(source, request, { name, language })
    warnings.forEach(warn)
    beginExecution(notebook, run)
    report.prepared()
  } catch (error) {
    report.fail(asRunError(error))
  }
  const nothing = { kernel: null, warm: null, recorder: null }
  if (await leaveIfLeft(run, nothing)) return null
  const problems = await cleanUp({ request, report, saves }, nothing, signal)
  problems.forEach(warn)
  return null
}
