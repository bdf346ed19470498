import type { RunEvent, RunFinished, RunReport, RunResult } from '../events.ts'
import type { HistoryPage, RecordedRun } from '../history/record.ts'
import type { MarkdownCell } from '../jupyter/markdown_cells.ts'
import { encodedPath } from '../util/path_segments.ts'
import { readEvents } from './event_stream.ts'
import type { Key } from './key.ts'
import { Problem, problemOf } from './problem.ts'

export interface Folder {
  readonly folder: string
  readonly entries: readonly Entry[]
  /** Whether there are more. */
  readonly isCut: boolean
}

export interface Entry {
  readonly name: string
  readonly path: string
  readonly type: 'directory' | 'notebook'
  /** A warm kernel is ready for this notebook. */
  readonly isWarm?: boolean
}

export interface Parameter {
  readonly name: string
  readonly type: string | null
  /** As source text of the notebook's language. */
  readonly default: string
  readonly help: string
}

/** What is known of a notebook before it runs. */
export interface NotebookText {
  readonly markdown: readonly MarkdownCell[]
  /** The language of its code; null when it does not name one. */
  readonly language: string | null
}

export const noText: NotebookText = { markdown: [], language: null }

export interface NotebookParameters extends NotebookText {
  readonly notebook: string
  /** null when the notebook has no cell tagged "parameters". */
  readonly parameters: readonly Parameter[] | null
}

/** The request of a run, from the form. */
export interface RunCall {
  readonly notebook: string
  /** JSON text. */
  readonly body: string
  /** The parameters that JSON cannot represent. */
  readonly query: URLSearchParams
}

/** A message of a run's stream: an event, the last one without the notebook, then the notebook. */
export type RunMessage =
  | OutputsLeftOut
  | Exclude<RunEvent, RunFinished | RunResult>
  | Pick<RunFinished, 'type' | 'report'>
  | ({ readonly type: 'executed_notebook' } & ExecutedNotebook)

/** Sent when the browser was too slow to receive all outputs. */
export interface OutputsLeftOut {
  readonly type: 'outputs_left_out'
  readonly count: number
}

export type RecordedRunWithReport = RecordedRun & { readonly report: RunReport }

export interface ExecutedNotebook {
  /** The text of the .ipynb. */
  readonly notebook?: string | null
  /** The notebook as a page. */
  readonly html?: string
  /** Why `html` is missing. */
  readonly problem?: { readonly detail: string }
}

/** A client for the part of the HTTP service that the page uses. */
export class Api {
  readonly #key: Key

  constructor(key: Key) {
    this.#key = key
  }

  async folder(path: string, signal: AbortSignal): Promise<Folder> {
    const query = new URLSearchParams({ folder: path })
    const response = await this.#get(`notebooks?${query}`, signal)
    const folder: Folder = await response.json()
    return folder
  }

  /** The folders and notebooks with this text in their names, in all folders. */
  async search(text: string, signal: AbortSignal): Promise<Folder> {
    const query = new URLSearchParams({ search: text })
    const response = await this.#get(`notebooks?${query}`, signal)
    const found: Folder = await response.json()
    return found
  }

  async parameters(notebook: string, signal: AbortSignal): Promise<NotebookParameters> {
    const response = await this.#get(`parameters${encodedPath(notebook)}`, signal)
    const parameters: NotebookParameters = await response.json()
    return parameters
  }

  /** Runs the notebook; the service also stops the run when it learns that the stream is closed. */
  async *run(runCall: RunCall, signal: AbortSignal): AsyncGenerator<RunMessage, void, void> {
    const query = runCall.query.size === 0 ? '' : `?${runCall.query}`
    const response = await this.#call(`run${encodedPath(runCall.notebook)}${query}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream, text/html' },
      body: runCall.body,
      signal,
    })
    if (response.body === null) throw new Problem(0, null, 'The function answered with nothing')
    for await (const { type, data } of readEvents(response.body)) {
      const message: RunMessage = { ...JSON.parse(data), type }
      yield message
    }
  }

  /** Cancels a run; false when it is on another instance, has ended, or cannot be reached. */
  async cancelRun(runId: string): Promise<boolean> {
    try {
      await this.#call(`runs/${encodeURIComponent(runId)}`, { method: 'DELETE' })
      return true
    } catch {
      return false
    }
  }

  /**
   * Cancels a run by a request that outlives the page. A beacon, which every browser knows, cannot
   * carry the key, so a service with a key gets a request with `keepalive`.
   */
  cancelRunOnLeaving(runId: string): void {
    const url = new URL(`runs/${encodeURIComponent(runId)}/cancel`, document.baseURI)
    const key = this.#key.value
    if (key === null) navigator.sendBeacon(url)
    else {
      const headers = { authorization: `Bearer ${key}` }
      fetch(url, { method: 'POST', keepalive: true, headers }).catch(() => undefined) // nobody waits
    }
  }

  /** The runs of the history, the newest first; `before` is `next` of the page before. */
  async runs(
    filters: { readonly notebook: string; readonly outcome: string },
    before: string | null,
    signal: AbortSignal,
  ): Promise<HistoryPage> {
    const { notebook, outcome } = filters
    const given = Object.entries({ notebook, outcome, before }).filter(([, value]) => value)
    const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)]))
    const response = await this.#get(`runs?${query}`, signal)
    const page: HistoryPage = await response.json()
    return page
  }

  async recordedRun(runId: string, signal: AbortSignal): Promise<RecordedRunWithReport> {
    const response = await this.#get(`runs/${encodeURIComponent(runId)}`, signal)
    const run: RecordedRunWithReport = await response.json()
    return run
  }

  /** The notebook of a recorded run in this type, as text. */
  async recordedFile(runId: string, accept: string, signal: AbortSignal): Promise<string> {
    const path = `runs/${encodeURIComponent(runId)}`
    return await (await this.#call(path, { headers: { accept }, signal })).text()
  }

  async #get(path: string, signal: AbortSignal): Promise<Response> {
    return await this.#call(path, { headers: { accept: 'application/json' }, signal })
  }

  async #call(path: string, init: RequestInit): Promise<Response> {
    for (;;) {
      const key = this.#key.value
      const headers = new Headers(init.headers)
      if (key !== null) headers.set('authorization', `Bearer ${key}`)
      const response = await this.#fetch(new URL(path, document.baseURI), { ...init, headers })
      if (response.ok) return response
      const isAsked = response.status === 401 && (await this.#key.ask(key))
      if (!isAsked) throw await problemOf(response)
    }
  }

  async #fetch(url: URL, init: RequestInit): Promise<Response> {
    try {
      return await fetch(url, { ...init, cache: 'no-store', redirect: 'error' })
    } catch (error) {
      if (init.signal?.aborted) throw error
      throw new Problem(0, null, 'The function does not answer: is it still running?')
    }
  }
}
