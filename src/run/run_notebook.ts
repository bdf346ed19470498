import { asRunError } from '../errors.ts'
import type { Emit, RunFinished } from '../events.ts'
import { ExecutedNotebook } from '../execution/executed_notebook.ts'
import { withHiddenSources, withoutErrorMarkers } from '../execution/papermill.ts'
import { planOf } from '../execution/plan.ts'
import { setSecrets } from '../execution/set_secrets.ts'
import type { Kernel } from '../jupyter/kernel.ts'
import { codeCellsOf, type Notebook, unknownCellsWarning } from '../jupyter/nbformat.ts'
import { RunIds } from '../jupyter/run_ids.ts'
import type { JupyterServer } from '../jupyter/server.ts'
import { prepareParameters } from '../parameters/inject.ts'
import { redactedNotebook } from '../redaction/redacted_notebook.ts'
import { redactingSink } from '../redaction/redacting_sink.ts'
import type { Redactor } from '../redaction/redactor.ts'
import { parameterTexts } from '../request/parameter_text.ts'
import type { RunRequest } from '../request/run_request.ts'
import { openServer } from '../request/server_config.ts'
import { RunSaves } from '../storage/autosave.ts'
import { isOnServer } from '../storage/contents.ts'
import type { Destination } from '../storage/destination.ts'
import { noop } from '../util/abort.ts'
import { cleanUp } from './clean_up.ts'
import { explainFailedStart } from './diagnose.ts'
import { findNotebook } from './find_notebook.ts'
import { HubRun } from './hub_run.ts'
import { ReportBuilder, type RunIdentity } from './report.ts'
import { runCells, RunLimits } from './run_cells.ts'
import { kernelLookups, obtainKernel, prepareConnection, startKernel } from './start_kernel.ts'
import type { WarmKernels, WarmStart } from './warm.ts'

export interface RunNotebookOptions {
  /** Takes the secrets out of every event and of what is stored. */
  readonly redactor: Redactor
  /** Takes the events but the last, none of which holds a secret. */
  readonly emit: Emit
  /** Stops the run, which cleans up and then ends with a report as ever. */
  readonly signal: AbortSignal
  /** Kernels in which the setup of some notebooks has run; left out where there are none. */
  readonly warm?: WarmKernels | null
}

/**
 * Runs a notebook: the server awake, a kernel started, every code cell executed, the kernel
 * deleted. Never rejects, whatever happens: what came of the run stands in the report. Returns the
 * last event, which is emitted once the report was published.
 */
export async function runNotebook(
  request: RunRequest,
  { redactor, emit, signal, warm = null }: RunNotebookOptions,
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
    sink.emit(event)
  }
  const run = { request, identity, redactor, report, warm, emit: observe }
  await runAndCleanUp(run, signal)
  const finished = report.finish()
  return sink.finish({ ...finished, notebook: withoutSecrets(finished.notebook, run) })
}

/** What the steps of one run share. */
interface Run {
  readonly request: RunRequest
  readonly identity: Required<RunIdentity> & { readonly server: string; readonly notebook: string }
  readonly redactor: Redactor
  readonly report: ReportBuilder
  readonly warm: WarmKernels | null
  readonly emit: Emit
}

/** A run that knows its server. */
interface ServerRun extends Run {
  readonly server: JupyterServer
}

/** Runs and cleans up; what goes wrong is written down in the report. */
async function runAndCleanUp(run: Run, signal: AbortSignal): Promise<void> {
  const { request, identity, redactor, report, emit } = run
  const { server } = request
  using limits = new RunLimits(request, signal)
  const { messageId: _, parameters, ...shown } = identity
  emit({ type: 'run_started', ...shown, ...(parameters !== null && { parameters }) })
  for (const message of request.warnings) emit({ type: 'warning', message })
  const hub =
    request.hub === null || !needsServer(request) ? null : new HubRun(run, request.hub, signal)
  let kernel: Kernel | null = null
  try {
    const config = hub === null ? server : { ...server, url: await hub.start(limits.run) }
    report.setServer(config.url)
    const perform = request.prepareOnly ? prepare : runOnServer
    kernel = await perform({ ...run, server: openServer(config, redactor) }, limits, signal)
  } catch (error) {
    report.fail(asRunError(error))
  }
  const deletionError = kernel?.deletionError ?? null
  // A server that is stopped takes its kernels along.
  if (await hub?.stop(signal)) report.kernelsEnded()
  else if (deletionError !== null) emit({ type: 'warning', message: deletionError.message })
  await explainFailedStart(run, limits.run)
}

/**
 * Runs on a server that is there, or awakes; what goes wrong is written down, and nothing thrown.
 * Returns the kernel, which has ended; its `deletionError` is left to the caller.
 */
async function runOnServer(
  run: ServerRun,
  limits: RunLimits,
  signal: AbortSignal,
): Promise<Kernel | null> {
  const { request, redactor, report, emit } = run
  const warn = (message: string) => emit({ type: 'warning', message })
  const ids = new RunIds(request.runId)
  using saves = createSaves(run)
  const lookups = kernelLookups(run, limits.start)
  using reservation = run.warm?.reserve(request, redactor) ?? null
  let warm: WarmStart | null = null
  let kernel: Kernel | null = null
  try {
    const startsKernel = request.kernelId === null && !reservation?.isHeld
    const lookUp = () => void Promise.allSettled([lookups.kernelspecs(), lookups.gateway()])
    const onServerReady = startsKernel ? lookUp : noop
    const isKnown = reservation?.isHeld ?? false // then it has started that kernel
    const source = await readSource({ ...run, onServerReady, isKnown }, limits.run)
    warm = (await reservation?.take(source)) ?? null
    report.warm = warm && { ageMs: warm.ageMs }
    warm?.warnings.forEach(warn)
    const obtained = warm ?? (await obtainKernel({ ...run, lookups, ids }, source, limits.start))
    kernel = obtained.kernel
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
    await runCells({ kernel, executed, plan, report, emit }, limits.run)
  } catch (error) {
    report.fail(asRunError(error))
  }
  const problems = await cleanUp({ request, report, saves }, { kernel, warm }, signal)
  problems.forEach(warn)
  return kernel
}

/** Saves the notebook with its parameters; no kernel is started, and null returned for it. */
async function prepare(run: ServerRun, limits: RunLimits, signal: AbortSignal): Promise<null> {
  const { request, report, emit } = run
  const warn = (message: string) => emit({ type: 'warning', message })
  using saves = createSaves(run)
  try {
    const source = await readSource({ ...run, onServerReady: noop, isKnown: false }, limits.run)
    const name = request.kernelName ?? source.kernelName
    const language = request.language ?? source.language
    const { notebook, warnings } = prepareParameters(source, request, { name, language })
    warnings.forEach(warn)
    beginExecution(notebook, run)
    report.prepared()
  } catch (error) {
    report.fail(asRunError(error))
  }
  const problems = await cleanUp({ request, report, saves }, { kernel: null, warm: null }, signal)
  problems.forEach(warn)
  return null
}

function createSaves(run: ServerRun): RunSaves {
  const { request, redactor, server, report } = run
  return new RunSaves({
    server,
    destinations: request.destinations,
    protectedAddresses: request.protectedAddresses,
    maskPage: redactor.names.text,
    hidesInput: request.hidesInput,
    content: () => withoutSecrets(report.savedContent, run),
    everyMs: request.autosaveMs,
    warn: (message) => report.warn(message),
  })
}

function withoutSecrets(
  content: RunFinished['notebook'],
  { redactor, report }: Run,
): RunFinished['notebook'] {
  return content && redactedNotebook(content, { redactor, sources: report.sources })
}

/** Whether there is something for a server to do: to run cells, to keep a file, or to make a page. */
function needsServer({ prepareOnly, notebook, destinations }: RunRequest): boolean {
  return !prepareOnly || notebook.isOnServer || destinations.some(isForServer)
}

function isForServer(destination: Destination): boolean {
  return isOnServer(destination) || destination.format === 'html'
}

/** Waits for the server, if one is needed, and reads the notebook, as it is before this run changes it. */
async function readSource(
  run: ServerRun & { readonly onServerReady: () => void; readonly isKnown: boolean },
  signal: AbortSignal,
): Promise<Notebook> {
  const { request, server, report, emit, onServerReady, isKnown } = run
  const found = needsServer(request)
    ? await findNotebook({ request, server, emit, onServerReady, isKnown }, signal)
    : await request.notebook.read(server, signal)
  const source = withoutErrorMarkers(found.notebook)
  report.notebookSource = found.source
  report.sources = new Set(source.cells.map((cell) => cell.source))
  beginExecution(source, run)
  const unknownCells = unknownCellsWarning(source)
  if (unknownCells !== null) emit({ type: 'warning', message: unknownCells })
  return source
}

/** What is left of the run in the end: the notebook as it will run, which takes its outputs. */
function beginExecution(notebook: Notebook, { request, redactor, report }: Run): ExecutedNotebook {
  const { parameters, maxOutputMegabytes, destinations, reportMode } = request
  const executed = new ExecutedNotebook(reportMode ? withHiddenSources(notebook) : notebook, {
    path: request.notebook.describe(),
    source: report.notebookSource,
    parameters,
    outputPath: destinations[0]?.address ?? null,
    maxOutputMegabytes,
    redactor,
  })
  report.setNotebook(executed, codeCellsOf(notebook).length)
  return executed
}
