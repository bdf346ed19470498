import { diagnosis } from './diagnosis.ts'
import { RunError, asRunError } from './errors.ts'
import type { RunEvent, RunFinished } from './events.ts'
import { withoutErrorMarkers } from './execution/error_markers.ts'
import { NotebookRecord } from './execution/notebook_record.ts'
import { planOf } from './execution/plan.ts'
import { setSecrets } from './execution/set_secrets.ts'
import { setUp } from './execution/set_up.ts'
import { findNotebook } from './find_notebook.ts'
import { Kernel } from './jupyter/kernel.ts'
import { chooseKernel, type Kernelspecs } from './jupyter/kernelspecs.ts'
import { codeCellsOf, unknownCellsWarning, type Notebook } from './jupyter/notebook.ts'
import type { JupyterServer } from './jupyter/server.ts'
import { deadlineAfter, once } from './lifetime.ts'
import { openServer } from './open_server.ts'
import type { Redactor } from './report/redact.ts'
import { redactedNotebook } from './report/redacted_notebook.ts'
import type { RunRequest } from './request/run_request.ts'
import { runCells } from './run_cells.ts'
import { RunDraft } from './run_draft.ts'
import { RunLimits } from './run_limits.ts'
import { addressOf, type Destination } from './save/destination.ts'
import { RunSaves } from './save/run_saves.ts'

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
  readonly draft: RunDraft
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
  const draft = new RunDraft({ ...identity, server: server.url.href, notebook })
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
  const kernelspecs = once(() => server.kernelspecs(limits.start))
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
    const { notebook, secrets, warnings } = setUp(found, request, kind)
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
  const mostMs = request.runTimeoutMs === null ? saveMs : lateSaveMs
  draft.endRecord()
  const [saved] = await Promise.all([
    saves.finish({ mostMs, hurriedMs: hurriedCleanUpMs }, signal),
    kernel?.end(isHurried ? hurriedCleanUpMs : cleanUpMs, hurry.signal),
  ])
  if (kernel?.isReal) draft.kernelEnded(kernel, kernel.deleted)
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
): NotebookRecord {
  const { parameters, maxOutputMegabytes } = request
  const record = new NotebookRecord(notebook, {
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
