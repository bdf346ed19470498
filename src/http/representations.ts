import Negotiator from 'negotiator'
import { asRunError, errorCodes, RunError } from '../errors.ts'
import type { CellResult, ReportedError, RunReport } from '../events.ts'
import { csvOf } from '../rendering/table.ts'
import { notebookDocument, notebookMediaType } from '../storage/serialise.ts'
import { jsonText } from '../util/json.ts'
import { safeJson } from '../util/text.ts'
import type { Budget } from './budget.ts'
import { type FinishedRun, renderedPage, reserveRenderMemory } from './executed_page.ts'
import { jsonReply, problemOf, problemReply, type Reply } from './reply.ts'
import { readTable } from './table_csv.ts'

interface RenderOptions {
  /** The memory budget for rendered notebooks. */
  readonly budget: Budget
}

/** A media type in which a run can be answered. */
export interface Representation {
  readonly mediaType: string
  /** Whether it can show failed runs as well. */
  readonly showsFailedRuns: boolean
  /** Throws a RunError when the run cannot be shown in this type. */
  readonly render: (run: FinishedRun, options: RenderOptions, signal: AbortSignal) => Promise<Reply>
}

/** All types except those of the result itself; the first one is for clients that accept any. */
export const representations: readonly Representation[] = [
  {
    mediaType: 'application/json',
    showsFailedRuns: false,
    render: async ({ report }) => jsonReply(report),
  },
  { mediaType: 'text/html', showsFailedRuns: true, render: renderHtml },
  { mediaType: notebookMediaType, showsFailedRuns: true, render: renderNotebook },
]

/** The answer to a run that has ended, in the type that the client prefers. */
export async function runReply(
  run: FinishedRun,
  { negotiation, budget }: RenderOptions & { readonly negotiation: Negotiation },
  signal: AbortSignal,
): Promise<Reply> {
  const { report } = run
  const { error } = report
  if (error !== undefined) return await failedReply(run, { negotiation, budget, error }, signal)
  const chosen = chooseRepresentation(negotiation, report.result)
  if (chosen === null) return problemReply(problemOf(notAcceptable(report), report))
  try {
    return await chosen.render(run, { budget }, signal)
  } catch (cause) {
    return problemReply(problemOf(asRunError(cause), report))
  }
}

interface FailedRunOptions extends RenderOptions {
  readonly negotiation: Negotiation
  readonly error: ReportedError
}

/** The answer to a failed run: its notebook if the client wants that, with the status of the error. */
async function failedReply(
  run: FinishedRun,
  { negotiation, budget, error }: FailedRunOptions,
  signal: AbortSignal,
): Promise<Reply> {
  const { report, notebook } = run
  const chosen = chooseRepresentation(negotiation, null)
  const hasRun = notebook !== null && report.cells.executed > 0
  if (hasRun && chosen?.showsFailedRuns) {
    try {
      const reply = await chosen.render(run, { budget }, signal)
      return { ...reply, status: errorCodes[error.code].httpStatus }
    } catch {
      // ignored: the error of the run matters more
    }
  }
  return problemReply(problemOf(error, report))
}

/** The available type that the client prefers; null when it accepts none. */
export function chooseRepresentation(
  negotiation: Negotiation,
  result: CellResult | null,
): Representation | null {
  const whole = negotiation.resultOnly ? [] : representations
  const types = whole.map(({ mediaType }) => mediaType)
  const ofResult = resultTypes(result).filter((mediaType) => !types.includes(mediaType))
  const offered = [...whole, ...ofResult.map(resultRepresentation), ...tableAsCsv(result)]
  const best = preferredType(
    negotiation,
    offered.map(({ mediaType }) => mediaType),
  )
  return offered.find(({ mediaType }) => mediaType === best) ?? null
}

function resultRepresentation(mediaType: string): Representation {
  return {
    mediaType,
    showsFailedRuns: false,
    render: async ({ report }) => resultReply(mediaType, report.result?.data[mediaType]),
  }
}

const csvType = 'text/csv'

/** CSV of a result that is a table and has no CSV of its own. */
function tableAsCsv(result: CellResult | null): readonly Representation[] {
  if (result === null || csvType in result.data) return []
  const { table, problem } = readTable(result.data)
  if (table === null && problem === null) return []
  const render = async () => {
    if (table === null) throw cutTable(problem ?? '')
    return resultReply(csvType, csvOf(table))
  }
  return [{ mediaType: csvType, showsFailedRuns: false, render }]
}

function cutTable(reason: string): RunError {
  return new RunError('NOT_ACCEPTABLE', `Cannot answer with the table as CSV: ${reason}`, {
    advice: 'set pandas.options.display.max_rows and max_columns to None in the notebook',
  })
}

/** The executed notebook as a page; waits for memory first. */
async function renderHtml(
  run: FinishedRun,
  { budget }: RenderOptions,
  signal: AbortSignal,
): Promise<Reply> {
  const reserved = await reserveRenderMemory(run, budget, signal)
  const { html, problem } = await renderedPage(run)
  if (html !== null) return { ...pageReply(html), reserved }
  reserved[Symbol.dispose]()
  throw problem
}

async function renderNotebook(
  run: FinishedRun,
  { budget }: RenderOptions,
  signal: AbortSignal,
): Promise<Reply> {
  const reserved = await reserveRenderMemory(run, budget, signal)
  return { ...notebookReply(run.notebook ?? {}), reserved }
}

function pageReply(html: string): Reply {
  return {
    status: 200,
    headers: { ...notebookPolicy, 'Content-Type': 'text/html; charset=utf-8' },
    body: html,
  }
}

function notebookReply(notebook: object): Reply {
  const { bytes, mediaType } = notebookDocument(notebook)
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) // shares the memory
  return { status: 200, headers: { 'Content-Type': mediaType }, body }
}

export function notAcceptable({ result }: RunReport): RunError {
  const types = [...resultTypes(result), ...tableAsCsv(result).map(({ mediaType }) => mediaType)]
  const reason =
    types.length === 0 ? 'the notebook has no result' : `the result has only ${types.join(', ')}`
  return new RunError('NOT_ACCEPTABLE', `${cannotAnswer}: ${reason}`, {
    advice: `for the run itself, name ${typesOfRuns}`,
  })
}

const cannotAnswer = 'Cannot answer in a type that "Accept" names'
const typesOfRuns = representations.map(({ mediaType }) => mediaType).join(', ')

/** Throws NOT_ACCEPTABLE when no type of any answer would do: known before the notebook is run. */
export function checkAcceptable({ accept }: Negotiation): void {
  if (negotiator({ accept }).mediaTypes().length > 0) return
  const reason = 'it names none that is valid and wanted'
  throw new RunError('NOT_ACCEPTABLE', `${cannotAnswer}: ${reason}`, {
    advice:
      'name a type that the result may have, such as image/png, text/csv or text/plain, ' +
      `or for the run itself ${typesOfRuns}`,
  })
}

/** Scripts of a notebook run in a sandbox without access to this origin and its cookies. */
const pagePolicy = sandboxPolicy('allow-scripts allow-popups')

/** The page of a notebook also prints itself, and offers its figures and tables as files. */
const notebookPolicy = sandboxPolicy('allow-scripts allow-popups allow-downloads allow-modals')

function sandboxPolicy(allowed: string) {
  const rest = "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
  return { 'Content-Security-Policy': `sandbox ${allowed}; ${rest}` }
}

/** For data such as SVG images, which may contain scripts: none of them run. */
const dataPolicy = {
  'Content-Security-Policy':
    "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'",
}

/** Types that Jupyter's messages encode in base64. */
const binary = /^(?:image\/(?!svg\+xml)|audio\/|video\/|application\/(?:pdf|octet-stream)$)/

/** The result in one of its media types. */
export function resultReply(mediaType: string, value: unknown): Reply {
  const policy = mediaType === 'text/html' ? pagePolicy : dataPolicy
  const isBinary = binary.test(mediaType) && typeof value === 'string'
  const charset = isBinary ? '' : '; charset=utf-8'
  return {
    status: 200,
    headers: { ...policy, 'Content-Type': `${mediaType}${charset}` },
    body: isBinary ? Buffer.from(value, 'base64') : textOf(mediaType, value),
  }
}

function textOf(mediaType: string, value: unknown): string {
  const isJson = /[/+]json$/.test(mediaType)
  return typeof value === 'string' && !isJson ? value : safeJson(jsonText(value))
}

/** What the client accepts. */
export interface Negotiation {
  /** The `Accept` header. */
  readonly accept: string
  /** Whether the client wants only the result, in any type. */
  readonly resultOnly: boolean
}

export const eventsType = 'text/event-stream'

export function readNegotiation(accept: string | undefined, resultOnly: boolean): Negotiation {
  // All texts are sent as UTF-8, so this parameter changes nothing.
  const bare = accept?.replaceAll(/;\s*charset="?utf-?8"?/gi, '').trim()
  return { accept: bare === undefined || bare === '' ? '*/*' : bare, resultOnly }
}

/** Whether the client prefers the run's events; decided before there is a result. */
export function acceptsEvents(negotiation: Negotiation): boolean {
  return negotiator(negotiation).mediaTypes()[0] === eventsType
}

/** Whether the client prefers HTML to anything else, as browsers do for the pages they open. */
export function prefersHtml(accept: string | undefined): boolean {
  return negotiator(readNegotiation(accept, false)).mediaTypes()[0] === 'text/html'
}

/** Whether the client wants the executed notebook as a page after the events. */
export function acceptsPage(negotiation: Negotiation): boolean {
  return negotiator(negotiation).mediaTypes().includes('text/html')
}

/** The offered type that the client prefers; undefined when it accepts none. */
function preferredType(negotiation: Negotiation, offered: readonly string[]): string | undefined {
  return negotiator(negotiation).mediaTypes([...offered])[0]
}

/** The media types of the result; keys that are not valid media types are left out. */
function resultTypes(result: CellResult | null): readonly string[] {
  return Object.keys(result?.data ?? {}).filter((name) => /^[\w.+-]+\/[\w.+-]+$/.test(name))
}

function negotiator({ accept }: Pick<Negotiation, 'accept'>): Negotiator {
  return new Negotiator({ headers: { accept } })
}
