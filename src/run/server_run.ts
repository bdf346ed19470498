import type { RunCheckpoint } from '../checkpoint/run_checkpoint.ts'
import type { Emit, RunFinished } from '../events.ts'
import { ExecutedNotebook } from '../execution/executed_notebook.ts'
import { withHiddenSources, withoutErrorMarkers } from '../execution/papermill.ts'
import { codeCellsOf, type Notebook, unknownCellsWarning } from '../jupyter/nbformat.ts'
import type { Kernel } from '../jupyter/kernel.ts'
import type { JupyterServer } from '../jupyter/server.ts'
import { redactedNotebook } from '../redaction/redacted_notebook.ts'
import type { Redactor } from '../redaction/redactor.ts'
import type { RunRequest } from '../request/run_request.ts'
import { RunSaves } from '../storage/autosave.ts'
import { isOnServer } from '../storage/contents.ts'
import type { Destination } from '../storage/destination.ts'
import { findNotebook, type NotebookSearch } from './find_notebook.ts'
import type { ProgressRecorder } from './progress_recorder.ts'
import type { ReportBuilder, RunIdentity } from './report.ts'
import type { WarmKernels, WarmStart } from './warm.ts'

/** What the steps of one run share. */
export interface Run {
  readonly request: RunRequest
  readonly identity: Required<RunIdentity> & { readonly server: string; readonly notebook: string }
  readonly redactor: Redactor
  readonly report: ReportBuilder
  readonly warm: WarmKernels | null
  /** null where no other process could go on with the run. */
  readonly checkpoint: RunCheckpoint | null
  readonly emit: Emit
}

/** A run that knows its server. */
export interface ServerRun extends Run {
  readonly server: JupyterServer
}

/** What a run uses, and has to end; null as long as it does not. */
export interface UsedByRun {
  kernel: Kernel | null
  /** Where the kernel was warm. */
  warm: WarmStart | null
  recorder: ProgressRecorder | null
}

/** The saves of the executed notebook, while it runs and at its end. */
export function createSaves(run: ServerRun): RunSaves {
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

/** What the run leaves of the notebook, masked. */
export function withoutSecrets(
  content: RunFinished['notebook'],
  { redactor, report }: Run,
): RunFinished['notebook'] {
  return content && redactedNotebook(content, { redactor, sources: report.sources })
}

/** Whether there is something for a server to do: to run cells, to keep a file, or to make a page. */
export function needsServer({ prepareOnly, notebook, destinations }: RunRequest): boolean {
  return !prepareOnly || notebook.isOnServer || destinations.some(isForServer)
}

function isForServer(destination: Destination): boolean {
  return isOnServer(destination) || destination.format === 'html'
}

/** Waits for the server, if one is needed, and reads the notebook, as it is before this run changes it. */
export async function readSource(
  run: ServerRun & NotebookSearch,
  signal: AbortSignal,
): Promise<Notebook> {
  const { request, server, report, emit } = run
  const found = needsServer(request)
    ? await findNotebook(run, signal)
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
export function beginExecution(
  notebook: Notebook,
  { request, redactor, report }: Run,
): ExecutedNotebook {
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
