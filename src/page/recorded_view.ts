import { messageOf } from '../errors.ts'
import type { RecordedRun } from '../history/record.ts'
import type { Api, RecordedRunWithReport } from './api.ts'
import { toneOf } from './duration_chart.ts'
import { byId, element } from './element.ts'
import { ExecutedView } from './executed_view.ts'
import { againLink, factsOf, runTitle } from './history_list.ts'
import { type HistoryPlace, historyHashOf } from './history_place.ts'
import { isWidget, richOutput, widgetsIn } from './rich_output.ts'
import { shownText } from './terminal_text.ts'
import { outcomeTextOf } from './outcome_text.ts'

type RunPlace = Extract<HistoryPlace, { readonly type: 'run' }>

/** One run of the history: how it ended, its result, and its notebook. */
export class RecordedView {
  readonly #api: Api
  readonly #section = byId('recorded', HTMLElement)
  readonly #executed: ExecutedView
  #runId = ''
  #loading = new AbortController()

  constructor(api: Api) {
    this.#api = api
    this.#executed = new ExecutedView((isReport) => {
      const place = { type: 'run', runId: this.#runId, isReport } as const
      history.replaceState(null, '', historyHashOf(place))
    })
  }

  async show({ runId, isReport }: RunPlace): Promise<void> {
    this.hide()
    this.#runId = runId
    this.#section.hidden = false
    this.#loading = new AbortController()
    const { signal } = this.#loading
    this.#put(element('p', { class: 'note', role: 'status' }, 'Reading the run …'))
    try {
      const run = await this.#api.recordedRun(runId, signal)
      if (signal.aborted) return
      const heading = element('h1', { tabindex: '-1' }, runTitle(run))
      this.#put(heading, ...this.#partsOf(run))
      heading.focus()
      if (!run.hasNotebook) return
      await this.#showNotebook(run, signal)
      if (isReport && !signal.aborted) this.#executed.showReport(true)
    } catch (error) {
      if (!signal.aborted) this.#add(noteOf(`Cannot show this run. ${messageOf(error)}`))
    }
  }

  hide(): void {
    this.#loading.abort()
    this.#section.hidden = true
    this.#section.replaceChildren()
    this.#executed.clear()
  }

  #partsOf(run: RecordedRunWithReport): readonly HTMLElement[] {
    const { report, parameters, notebook, runId } = run
    const { sentences } = outcomeTextOf(report)
    const result = report.result && [
      element('h2', {}, 'Result'),
      element('div', { class: 'result' }, richOutput(report.result.data, 'The result')),
    ]
    return [
      noteOf(factsOf(run)),
      element('p', { class: 'path' }, `${notebook ?? 'no notebook'} · ${runId}`),
      element('div', { class: 'actions' }, againLink(run), copyButton(runId), olderLink(run)),
      element(
        'div',
        { class: 'outcome', 'data-tone': toneOf(run.outcome), hidden: sentences.length === 0 },
        ...sentences.map((text) => element('p', {}, text)),
      ),
      ...report.warnings.map((text) => element('p', { class: 'note' }, shownText(text))),
      ...(parameters.length === 0 ? [] : [parameterList(parameters)]),
      ...(result ?? []),
    ]
  }

  async #showNotebook(run: RecordedRunWithReport, signal: AbortSignal): Promise<void> {
    const { runId, notebook: path, report } = run
    const notebook = await this.#api.recordedFile(runId, 'application/x-ipynb+json', signal)
    const page = await this.#api.recordedFile(runId, 'text/html', signal).then(
      (html) => ({ html }),
      (error: unknown) => ({ problem: { detail: messageOf(error) } }),
    )
    if (signal.aborted) return
    const data = report.result?.data
    if (data && isWidget(data))
      this.#section
        .querySelector('.result')
        ?.replaceChildren(richOutput(data, 'The result', widgetsIn(notebook)))
    this.#executed.show(path ?? 'notebook', { notebook, ...page })
    this.#add(this.#executed.element)
  }

  #put(...parts: readonly HTMLElement[]): void {
    this.#section.replaceChildren(...parts)
  }

  #add(...parts: readonly HTMLElement[]): void {
    this.#section.append(...parts)
  }
}

function noteOf(text: string): HTMLElement {
  return element('p', { class: 'note' }, text)
}

function olderLink({ notebook }: RecordedRun): HTMLElement {
  const place = { type: 'runs', notebook: notebook ?? '', outcome: '' } as const
  return element('a', { href: historyHashOf(place) }, 'All runs of this notebook')
}

function parameterList(parameters: RecordedRun['parameters']): HTMLElement {
  const rows = parameters.map(({ name, text }) =>
    element('tr', {}, element('th', { scope: 'row' }, name), element('td', {}, shownText(text))),
  )
  return element('table', { class: 'values' }, element('caption', {}, 'Parameters'), ...rows)
}

/** Copies the address of the run, which the service leads to this page. */
function copyButton(runId: string): HTMLElement {
  const button = element('button', { type: 'button', class: 'quiet' }, 'Copy a link to this run')
  const address = new URL(`runs/${runId}`, document.baseURI).href
  button.addEventListener('click', () => void copyInto(button, address)) // never rejects
  return button
}

/** Copies the address; shows it in place of the label where the browser does not allow that. */
async function copyInto(button: HTMLElement, address: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(address)
    button.textContent = 'Copied'
  } catch {
    button.textContent = address
  }
}
