import { asRunError, RunError } from '../errors.ts'
import type { RunEvent, RunFinished } from '../events.ts'
import { ExecutedNotebook } from '../execution/executed_notebook.ts'
import { withoutErrorMarkers } from '../execution/papermill.ts'
import { planOf } from '../execution/plan.ts'
import { setSecrets } from '../execution/set_secrets.ts'
import { Kernel } from '../jupyter/kernel.ts'
import { chooseKernel, type Kernelspecs } from '../jupyter/kernelspecs.ts'
import { codeCellsOf, type Notebook, unknownCellsWarning } from '../jupyter/nbformat.ts'
import type { JupyterServer } from '../jupyter/server.ts'
import { prepareParameters } from '../parameters/inject.ts'
import { redactedNotebook } from '../redaction/redacted_notebook.ts'
import type { Redactor } from '../redaction/redactor.ts'
import { openServer } from '../request/open_server.ts'
import type { RunRequest } from '../request/run_request.ts'
import { RunSaves } from '../storage/autosave.ts'
import { addressOf, type Destination } from '../storage/destination.ts'
import { deadline, type Deadline, deadlineAfter, lazy } from '../util/abort.ts'
import { diagnosis } from './diagnose.ts'
import { findNotebook } from './find_notebook.ts'
import { ReportBuilder } from './report.ts'
import { runCells } from './run_cells.ts'

type Events<Result = void> = AsyncGenerator<RunEvent, Result, void>

/** What whoever asks for a run gives along with the request. */
export interface RunTools {
  readonly runId: string
  readonly messageId: string | null
  /** Where the executed notebook goes. */
  readonly destinations: readonly Destination[]
  /** Takes the secrets out of what is stored. */
  readonly redactor: Redactor
}

/** What the steps of one run share. */
interface Run {
  readonly request: RunRequest
  readonly redactor: Redactor
  readonly server: JupyterServer
  readonly draft: ReportBuilder
  readonly saves: RunSaves
  /** Where the executed notebook goes first. */
  readonly outputPath: string | null
}

/**
 * Runs a notebook: the server awake, a kernel started, every code cell executed, the kernel
 * deleted. Whatever happens, it does not throw, and its last event carries the report and the
 * notebook without secrets.
 */
export async function* runNotebook(
  request: RunRequest,
  { destinations, redactor, ...identity }: RunTools,
  signal: AbortSignal,
): Events {
  const server = openServer(request, redactor)
  const { notebook } = request
  const draft = new ReportBuilder({ ...identity, server: server.url.href, notebook })
  const shown = (content: RunFinished['notebook']) =>
    content && redactedNotebook(content, { redactor, sources: draft.sources })
  using saves = new RunSaves({
    server,
    destinations,
    maskPage: redactor.names.text,
    content: () => shown(draft.executed?.content() ?? null),
    warn: (message) => draft.warn(message),
  })
  const [first] = destinations
  const outputPath = first === undefined ? null : addressOf(first)
  const run = { request, redactor, server, draft, saves, outputPath }
  for await (const event of attempt(run, signal)) {
    draft.observe(event)
    yield event
  }
  const finished = draft.finish()
  yield { ...finished, notebook: shown(finished.notebook) }
}

async function* attempt(run: Run, signal: AbortSignal): Events {
  const { request, server, draft } = run
  using limits = new RunLimits(request, signal)
  const kernelspecs = lazy(() => server.kernelspecs(limits.start))
  let kernel: Kernel | null = null
  const troubles: string[] = []
  try {
    yield { type: 'run_started', server: server.url.href, notebook: request.notebook }
    for (const message of request.warnings) yield { type: 'warning', message }
    const onAwake = () => {
      if (request.kernelId === null) void kernelspecs() // its failure shows where it is needed
    }
    const search = { request, server, onAwake }
    const found = withoutErrorMarkers(yield* findNotebook(search, limits.run))
    draft.sources = new Set(found.cells.map(({ source }) => source))
    recordOf(found, run)
    const unknownCells = unknownCellsWarning(found)
    if (unknownCells !== null) yield { type: 'warning', message: unknownCells }
    const obtained = yield* obtainKernel({ ...run, kernelspecs }, found, limits.start)
    kernel = obtained.kernel
    const kind = { name: kernel.name, language: obtained.language }
    const { notebook, secrets, warnings } = prepareParameters(found, request, kind)
    for (const message of warnings) yield { type: 'warning', message }
    const record = recordOf(notebook, run)
    const plan = planOf(notebook, request)
    await kernel.make(request.notebook.slice(1), limits.start)
    const { id, name } = kernel
    if (request.kernelId === null) yield { type: 'kernel_created', kernel: { id, name } }
    if (server.isOpen) yield { type: 'warning', message: openServerWarning(server) }
    await kernel.connect(limits.start)
    limits.started()
    record.setLanguage(kernel.languageInfo)
    yield { type: 'kernel_started', kernel: { id, name }, cellsToRun: plan.cells.length }
    await setSecrets(kernel, secrets, limits.run)
    yield* runCells({ kernel, record, plan, draft }, limits.run)
  } catch (error) {
    draft.fail(asRunError(error))
  } finally {
    troubles.push(...(await cleanUp(run, kernel, signal)))
  }
  for (const message of troubles) yield { type: 'warning', message }
  yield* diagnosis(run, limits.run)
}

function openServerWarning({ url }: JupyterServer): string {
  return (
    `The Jupyter Server at ${url.host} asks for no token: whoever reaches it can run code there; ` +
    'start it with a token, or let nobody else reach it'
  )
}

const cleanUpMs = 15_000
const hurriedCleanUpMs = 5_000 // a platform waits 8 s, and interrupting and publishing take some
const saveMs = 60_000
const lateSaveMs = 20_000 // what is left of a function's time when a run has used up its own

/** Saves the notebook and ends the kernel, side by side; tells what went wrong, and throws nothing. */
async function cleanUp(
  { request, draft, saves }: Run,
  kernel: Kernel | null,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const isHurried = signal.aborted
  using hurry = deadlineAfter(signal, hurriedCleanUpMs, notCleanedUp)
  const maxMs = request.runTimeoutMs === null ? saveMs : lateSaveMs
  draft.endRecord()
  const [saved] = await Promise.all([
    saves.finish({ maxMs, hurriedMs: hurriedCleanUpMs }, signal),
    kernel?.end(isHurried ? hurriedCleanUpMs : cleanUpMs, hurry.signal),
  ])
  if (kernel?.existsOnServer) draft.kernelEnded(kernel, kernel.deleted)
  const notSaved = draft.saved(saved)
  return [
    ...saved.warnings,
    ...notSaved,
    ...(kernel?.trouble ? [kernel.trouble.message] : []),
    ...(kernel?.sharedUse ? [kernel.sharedUse] : []),
  ]
}

function notCleanedUp(): RunError {
  return new RunError('CANCELLED', 'Cannot wait for the cleaning up: the run has to end')
}

/** The record of the notebook as it will run, which is what is left of the run in the end. */
function recordOf(
  notebook: Notebook,
  { request, redactor, draft, outputPath }: Run,
): ExecutedNotebook {
  const { parameters, maxOutputMegabytes } = request
  const record = new ExecutedNotebook(notebook, {
    path: request.notebook,
    parameters,
    outputPath,
    maxOutputMegabytes,
    masking: redactor,
  })
  draft.record = record
  draft.expectCells(codeCellsOf(notebook).length)
  return record
}

interface ObtainedKernel {
  readonly kernel: Kernel
  /** As the kernelspec has it, else as the notebook has it. */
  readonly language: string | null
}

async function* obtainKernel(
  { request, server, kernelspecs }: Run & { readonly kernelspecs: () => Promise<Kernelspecs> },
  notebook: Notebook,
  signal: AbortSignal,
): Events<ObtainedKernel> {
  if (request.kernelId !== null) {
    const kernel = await Kernel.find(server, request.kernelId, signal)
    const isAsked = request.parameters.size > 0 || request.secrets.length > 0
    const specs = isAsked ? await kernelspecs() : null
    return { kernel, language: specs?.languages.get(kernel.name) || notebook.language }
  }
  const specs = await kernelspecs()
  const { name, warning } = chooseKernel({ asked: request.kernelName, notebook }, specs)
  if (warning !== null) yield { type: 'warning', message: warning }
  yield { type: 'kernel_starting', name }
  const kernel = Kernel.planned(server, { name, keep: request.keepKernel })
  return { kernel, language: specs.languages.get(name) || notebook.language }
}

/** The time limits of one run: of the whole, and of its start, until the kernel answers. */
export class RunLimits implements Disposable {
  /** For what the run does. */
  readonly run: AbortSignal
  /** For what has to be done before the first cell. */
  readonly start: AbortSignal
  readonly #whole: Deadline
  readonly #start: Deadline
  readonly #over = new AbortController()

  constructor(request: RunRequest, signal: AbortSignal) {
    this.#whole = deadline(request.runTimeoutMs, () => runTimedOut(request), signal)
    this.#start = deadline(request.startTimeoutMs, () => kernelNotStarted(request))
    this.run = this.#whole.signal
    this.start = AbortSignal.any([this.run, this.#start.signal, this.#over.signal])
  }

  /** The kernel has answered. */
  started(): void {
    this.#start[Symbol.dispose]()
  }

  /** Stops what was begun for the start and is not needed any more. */
  [Symbol.dispose](): void {
    this.#whole[Symbol.dispose]()
    this.#start[Symbol.dispose]()
    this.#over.abort(new RunError('CANCELLED', 'Cannot go on: the run is over'))
  }
}

function runTimedOut({ runTimeoutMs }: RunRequest): RunError {
  const seconds = (runTimeoutMs ?? 0) / 1000
  return new RunError('RUN_TIMED_OUT', `Cannot finish within ${seconds} s (--timeout)`)
}

function kernelNotStarted({ startTimeoutMs }: RunRequest): RunError {
  const seconds = startTimeoutMs / 1000
  return new RunError(
    'KERNEL_START_FAILED',
    `Cannot start the kernel: it did not answer within ${seconds} s of the run (--start-timeout)`,
  )
}
