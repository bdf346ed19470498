import { messageOf } from '../errors.ts'
import type { RecordedRun } from '../history/record.ts'
import { durationText } from '../util/duration.ts'
import type { Api } from './api.ts'
import { durationChart, toneOf } from './duration_chart.ts'
import { byId, element } from './element.ts'
import { historyHashOf, type HistoryPlace } from './history_place.ts'
import { hashOf, nameOf } from './place.ts'
import { shownText } from './terminal_text.ts'

type ListPlace = Extract<HistoryPlace, { readonly type: 'runs' }>

/** The runs of the history, a page at a time. */
export class HistoryList {
  readonly #api: Api
  readonly #section = byId('history', HTMLElement)
  readonly #filters = byId('history-filters', HTMLElement)
  readonly #chart = byId('history-chart', HTMLElement)
  readonly #list = byId('history-runs', HTMLElement)
  readonly #note = byId('history-note', HTMLElement)
  readonly #more = byId('history-more', HTMLButtonElement)
  readonly #outcome = byId('history-outcome', HTMLSelectElement)
  #place: ListPlace = { type: 'runs', notebook: '', outcome: '' }
  #runs: readonly RecordedRun[] = []
  #next: string | null = null
  #loading = new AbortController()

  constructor(api: Api) {
    this.#api = api
    this.#more.addEventListener('click', () => void this.#loadMore()) // shows its own errors
    this.#outcome.addEventListener('change', () => {
      location.hash = historyHashOf({ ...this.#place, outcome: this.#outcome.value })
    })
  }

  async show(place: ListPlace): Promise<void> {
    this.#section.hidden = false
    this.#place = place
    this.#runs = []
    this.#next = null
    this.#outcome.value = place.outcome
    const all = element('a', { href: historyHashOf({ ...place, notebook: '' }) }, 'All notebooks')
    this.#filters.replaceChildren(
      ...(place.notebook === '' ? [] : [all, element('span', { class: 'path' }, place.notebook)]),
    )
    this.#draw()
    await this.#load()
  }

  hide(): void {
    this.#loading.abort()
    this.#section.hidden = true
  }

  /** The focus goes on to the first of the runs that were added. */
  async #loadMore(): Promise<void> {
    const known = this.#runs.length
    await this.#load()
    if (this.#runs.length > known)
      this.#list.children[known]?.querySelector<HTMLElement>('a')?.focus()
  }

  async #load(): Promise<void> {
    this.#loading.abort()
    this.#loading = new AbortController()
    const { signal } = this.#loading
    this.#note.textContent = 'Reading the history …'
    try {
      let page = await this.#api.runs(this.#place, this.#next, signal)
      while (page.runs.length === 0 && page.next !== null) {
        this.#note.textContent = 'Looking through older runs …'
        page = await this.#api.runs(this.#place, page.next, signal)
      }
      if (signal.aborted) return
      this.#runs = [...this.#runs, ...page.runs]
      this.#next = page.next
      this.#note.textContent = this.#runs.length === 0 ? 'There are no such runs.' : ''
      this.#draw()
    } catch (error) {
      if (!signal.aborted) this.#note.textContent = `Cannot show the history. ${messageOf(error)}`
    }
  }

  #draw(): void {
    const isOne = this.#place.notebook !== '' && this.#runs.length > 1
    this.#chart.replaceChildren(...(isOne ? [durationChart(this.#runs)] : []))
    this.#list.replaceChildren(...this.#runs.map((run) => this.#itemOf(run)))
    this.#more.hidden = this.#next === null
  }

  #itemOf(run: RecordedRun): HTMLElement {
    const { runId, notebook, parameters, error } = run
    const link = element(
      'a',
      { href: historyHashOf({ type: 'run', runId, isReport: false }) },
      runTitle(run),
    )
    const values = parameters.map(({ name, text }) => `${name} = ${text}`).join(', ')
    const same = this.#runs.filter((other) => other.notebook === notebook)
    const isAlone = this.#place.notebook !== '' || same.length < 2 || notebook === null
    const chart = isAlone
      ? null
      : element(
          'a',
          { href: historyHashOf({ ...this.#place, notebook }), title: `All runs of ${notebook}` },
          durationChart(same.slice(0, maxBars), run),
        )
    return element(
      'li',
      { class: 'recorded', 'data-state': toneOf(run.outcome) },
      element('span', { class: 'state', 'aria-hidden': 'true' }),
      element(
        'div',
        { class: 'recorded-words' },
        element('p', { class: 'recorded-name' }, link),
        element('p', { class: 'note' }, factsOf(run)),
        values === '' ? null : element('p', { class: 'recorded-values' }, shownText(values)),
        error === null ? null : element('p', { class: 'recorded-error' }, shownText(error.message)),
      ),
      chart,
      againLink(run),
    )
  }
}

/** Bars beside one run. */
const maxBars = 20

const outcomeWords: Readonly<Record<RecordedRun['outcome'], string>> = {
  succeeded: 'succeeded',
  failed: 'failed',
  timed_out: 'out of time',
  cancelled: 'stopped',
  error: 'could not run to its end',
}

const starterWords: Readonly<Record<RecordedRun['startedBy'], string>> = {
  message: 'by a message',
  job: 'by a job',
  request: 'by a request',
  command: 'by the command',
}

/** "daily.ipynb succeeded". */
export function runTitle({ notebook, outcome }: RecordedRun): string {
  return `${notebook === null ? 'A run' : nameOf(notebook)} ${outcomeWords[outcome]}`
}

/** When a run started, how long it took, and who started it. */
export function factsOf({ startedAt, durationMs, startedBy }: RecordedRun): string {
  const when = new Date(startedAt).toLocaleString()
  return `${when} · ${durationText(durationMs)} · ${starterWords[startedBy]}`
}

/**
 * A link to the form with the same parameters; nothing runs until it is sent. An empty element for a
 * notebook that is not on the server, for which the page has no form.
 */
export function againLink({ notebook, parameters, otherParameters }: RecordedRun): HTMLElement {
  if (notebook === null || !notebook.startsWith('/')) return element('span')
  const known = parameters.filter(({ isComplete }) => isComplete)
  const texts = new Map(known.map(({ name, text }) => [name, text]))
  const isPartly = known.length < parameters.length || otherParameters > 0
  const title = isPartly ? 'Some values were masked or cut: fill them in before you run it' : ''
  const attributes = { class: 'again', href: hashOf({ type: 'notebook', path: notebook, texts }) }
  return element('a', { ...attributes, ...(isPartly && { title }) }, 'Run again')
}
