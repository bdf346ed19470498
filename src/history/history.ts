import { RunError, type Outcome } from '../errors.ts'
import type { RunFinished, RunReport } from '../events.ts'
import { notebookDocument } from '../storage/serialise.ts'
import { jsonText, parseJson } from '../util/json.ts'
import { isRecord } from '../util/record.ts'
import { quoteForError } from '../util/text.ts'
import type { HistoryStore, ListedFile } from './store.ts'
import type { HistoryPage, RecordedRun } from './record.ts'
import { readRecordedRun } from './recorded_run.ts'
import {
  namesAt,
  nameStart,
  notebookKey,
  readRunName,
  type RunName,
  writeRunName,
} from './run_name.ts'
import type { Retention } from './settings.ts'

/** The first parts of the names: what a list needs, and what only one run needs. */
const folders = {
  runs: 'runs',
  reports: 'reports',
  notebooks: 'notebooks',
  sweeps: 'sweeps',
} as const

/** What the list is asked for. */
export interface HistoryQuery {
  /** null for all notebooks. */
  readonly notebook: string | null
  /** null for all outcomes. */
  readonly outcome: Outcome | null
  /** The id of a run: only older ones are listed; null to begin with the newest. */
  readonly before: string | null
  /** Maximum number of runs. */
  readonly limit: number
}

/** Names that are asked for at once where a page needs few, and where it turns out to need many. */
const firstNames = 200
const maxNamesAtOnce = 1_000
/** Names that one page may look through for runs that match. */
const maxNames = 20_000
const usualSearchMs = 2_000
const readsAtOnce = 16

/** The runs that were recorded in one store. Nothing is replaced, so writers need no agreement. */
export class History {
  readonly #store: HistoryStore
  readonly #maxSearchMs: number

  /** `maxSearchMs` is how long one page may look through names for runs that match. */
  constructor(store: HistoryStore, maxSearchMs = usualSearchMs) {
    this.#store = store
    this.#maxSearchMs = maxSearchMs
  }

  /** Keeps a run. Its entry in the list is written last, so that a listed run is complete. */
  async record(
    run: RecordedRun,
    { report, notebook }: Pick<RunFinished, 'report' | 'notebook'>,
    signal: AbortSignal,
  ): Promise<void> {
    const name = writeRunName({ ...run, notebookKey: notebookKey(run.notebook) })
    const start = nameStart(run.runId)
    if (name === null || start === null) {
      throw new RunError(
        'INTERNAL',
        `Cannot record the run ${quoteForError(run.runId)}: its id has no time`,
      )
    }
    const store = this.#store
    await Promise.all([
      store.write(`${folders.reports}/${start}.json`, jsonDocument(report), signal),
      notebook &&
        store.write(`${folders.notebooks}/${start}.ipynb`, notebookDocument(notebook), signal),
    ])
    await store.writeListed(`${folders.runs}/${name}.json`, jsonDocument(run), signal)
  }

  /**
   * The runs that match, the newest first. Filters look at names alone, and for two seconds: where few
   * runs match, a page may have fewer than `limit` and name the run after which to go on.
   */
  async list(query: HistoryQuery, signal: AbortSignal): Promise<HistoryPage> {
    const { names, next } = await this.#names(query, signal)
    const runs: RecordedRun[] = []
    for (let start = 0; start < names.length; start += readsAtOnce) {
      const some = names.slice(start, start + readsAtOnce)
      const read = await Promise.all(some.map((name) => this.#read(name, signal)))
      runs.push(...read.filter((run) => run !== null)) // removed meanwhile, or not readable
    }
    return { runs, next }
  }

  /** The run of this id; null when it was not recorded, or is no longer kept. */
  async find(runId: string, signal: AbortSignal): Promise<RecordedRun | null> {
    const start = nameStart(runId)
    if (start === null) return null
    const range = { after: start, limit: 1, hasTexts: true }
    const files = await this.#store.list(folders.runs, range, signal)
    const [named] = files.flatMap(namedFile)
    return named?.name.runId === runId ? await this.#read(named, signal) : null
  }

  /** Where the notebook of a run is, if one was kept. */
  notebookAddress(runId: string): string {
    return `${this.#store.address}/${notebookName(runId)}`
  }

  async report(runId: string, signal: AbortSignal): Promise<RunReport | null> {
    const text = await this.#store.read(`${folders.reports}/${nameStart(runId)}.json`, signal)
    const value = text === null ? null : parseJson(text)
    return isReport(value) ? value : null
  }

  /** The executed notebook as the text of its file; null when none was kept. */
  async notebookText(runId: string, signal: AbortSignal): Promise<string | null> {
    return await this.#store.read(notebookName(runId), signal)
  }

  /** Keeps the report of runs for several sets of parameters. */
  async recordSweep(runId: string, report: object, signal: AbortSignal): Promise<void> {
    const name = `${folders.sweeps}/${nameStart(runId)}.json`
    await this.#store.write(name, jsonDocument(report), signal)
  }

  /** What `recordSweep()` kept; null when there is none of this id. */
  async findSweep(runId: string, signal: AbortSignal): Promise<unknown> {
    const start = nameStart(runId)
    if (start === null) return null
    const text = await this.#store.read(`${folders.sweeps}/${start}.json`, signal)
    return text === null ? null : parseJson(text)
  }

  /** Removes some of what is older than `retention` keeps, entries first. Returns how many files. */
  async sweep({ maxAgeMs, maxRuns }: Retention, now: number, signal: AbortSignal): Promise<number> {
    const oldest = namesAt(Math.max(0, now - maxAgeMs))
    const last = maxRuns === null ? null : await this.#lastOf(maxRuns, signal)
    const after = last !== null && last < oldest ? endOf(last) : oldest
    let removed = 0
    for (const folder of Object.values(folders)) {
      const range = { after, limit: maxRemoved, hasTexts: false }
      const files = await this.#store.list(folder, range, signal)
      await this.#store.remove(
        files.map(({ name }) => `${folder}/${name}`),
        signal,
      )
      removed += files.length
    }
    return removed
  }

  /** Beginning of the names of the run that ends the newest `count`; null when there are fewer. */
  async #lastOf(count: number, signal: AbortSignal): Promise<string | null> {
    const range = { after: '', limit: count, hasTexts: false }
    const files = await this.#store.list(folders.runs, range, signal)
    return files[count - 1]?.name.split('~')[0] ?? null
  }

  async #names(
    { notebook, outcome, before, limit }: HistoryQuery,
    signal: AbortSignal,
  ): Promise<{ readonly names: readonly NamedFile[]; readonly next: string | null }> {
    const key = notebook === null ? null : notebookKey(notebook)
    const matches = ({ name }: NamedFile) =>
      (key === null || name.notebookKey === key) && (outcome === null || name.outcome === outcome)
    const found: NamedFile[] = []
    let after = before === null ? '' : endOf(nameStart(before) ?? '')
    let last: NamedFile | null = null
    const isFiltered = key !== null || outcome !== null
    const startTick = performance.now()
    const isInTime = () => performance.now() - startTick < this.#maxSearchMs
    let namesAtOnce = firstNames
    for (let seen = 0; seen === 0 || (seen < maxNames && isInTime());) {
      const size = isFiltered ? namesAtOnce : limit + 1 - found.length
      const range = { after, limit: size, hasTexts: !isFiltered }
      const files = await this.#store.list(folders.runs, range, signal)
      for (const named of files.flatMap(namedFile)) {
        if (found.length === limit) return { names: found, next: last?.name.runId ?? null }
        last = named
        if (matches(named)) found.push(named)
      }
      if (files.length < size) return { names: found, next: null }
      seen += files.length
      after = files.at(-1)?.name ?? after
      namesAtOnce = Math.min(2 * namesAtOnce, maxNamesAtOnce)
    }
    return { names: found, next: last?.name.runId ?? null }
  }

  async #read({ file, name }: NamedFile, signal: AbortSignal): Promise<RecordedRun | null> {
    const text = file.text ?? (await this.#store.read(`${folders.runs}/${file.name}`, signal))
    return text === null ? null : readRecordedRun(text, name)
  }
}

function notebookName(runId: string): string {
  return `${folders.notebooks}/${nameStart(runId)}.ipynb`
}

/** Only `record()` writes such a file. */
function isReport(value: unknown): value is RunReport {
  return isRecord(value) && value['event'] === 'run_finished'
}

/** A text that sorts after all files of a run, whose names begin with `start` and "~" or ".". */
function endOf(start: string): string {
  return `${start}~~`
}

/** Files that one sweep removes of each kind, so that it is soon over. */
const maxRemoved = 500

interface NamedFile {
  readonly file: ListedFile
  readonly name: RunName
}

/** Files of other kinds are left out. */
function namedFile(file: ListedFile): NamedFile[] {
  const isEntry = file.name.endsWith('.json')
  const name = isEntry ? readRunName(file.name.slice(0, -'.json'.length)) : null
  return name === null ? [] : [{ file, name }]
}

function jsonDocument(value: object) {
  const content = jsonText(value)
  return {
    bytes: Buffer.from(content),
    mediaType: 'application/json',
    model: { type: 'file', format: 'text', content },
  } as const
}
