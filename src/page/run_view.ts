import type { CellFinished, CellRef, Diagnosed, KernelStarted, RunReport } from '../events.ts'
import type { MarkdownCell } from '../jupyter/markdown_cells.ts'
import type { MimeBundle } from '../jupyter/nbformat.ts'
import type { WidgetState } from '../rendering/mime_types.ts'
import { type CellIndex, cellName } from '../util/cell_name.ts'
import { hubServerName } from '../util/hub_name.ts'
import type { ExecutedNotebook, NotebookText, RunMessage } from './api.ts'
import { CellView } from './cell_view.ts'
import { byId, element } from './element.ts'
import { ExecutedView } from './executed_view.ts'
import { isWidget, markdownItem, richOutput, widgetsIn } from './rich_output.ts'
import { StatusStrip } from './status_strip.ts'
import { shownText } from './terminal_text.ts'
import { counted, type OutcomeText, outcomeTextOf } from './outcome_text.ts'

const notReceived = { problem: { detail: 'it did not come' } }

/** Shows a run: its progress, its cells and their outputs, and how it ended. */
export class RunView {
  readonly #section = byId('run', HTMLElement)
  readonly #outcome = byId('outcome', HTMLElement)
  readonly #warnings = byId('warnings', HTMLElement)
  readonly #list = byId('cells', HTMLElement)
  readonly #strip = new StatusStrip()
  readonly #executed = new ExecutedView()
  readonly #follow = new AutoScroll()
  #steps: CellView[] = []
  #cells = new Map<CellIndex, CellView>()
  #result: MimeBundle | null = null
  /** What is still to be shown, in the notebook's order. */
  #markdown: MarkdownCell[] = []
  #notebook = ''
  #language: string | null = null
  #hasOutcome = false
  #isStopping = false

  get elapsedMs(): number {
    return this.#strip.elapsedMs
  }

  constructor() {
    this.#executed.element.classList.add('card')
    this.#section.append(this.#executed.element)
  }

  /** `markdown` is shown among the cells that run; `language` says how to colour their code. */
  begin(notebook: string, { markdown, language }: NotebookText): void {
    this.clear()
    this.#language = language
    this.#markdown = [...markdown]
    this.#hasOutcome = false
    this.#isStopping = false
    this.#notebook = notebook
    this.#section.hidden = false
    this.#strip.begin(notebook, () => {
      for (const cell of this.#cells.values()) cell.tick()
    })
    this.#follow.begin()
    this.#follow.show(this.#section, 'start')
  }

  clear(): void {
    for (const part of [this.#section, this.#outcome, this.#warnings]) part.hidden = true
    for (const part of [this.#outcome, this.#warnings, this.#list]) part.replaceChildren()
    this.#executed.clear()
    this.#result = null
    this.#steps = []
    this.#cells = new Map()
  }

  take(message: RunMessage): void {
    switch (message.type) {
      case 'run_started':
        return this.#say(`Looking for the Jupyter Server ${message.server}`)
      case 'server_waiting':
        return this.#say(`Waiting for the server (${message.attempt}): ${message.reason}`)
      case 'hub_starting':
        return this.#say(`JupyterHub starts the server ${hubServerName(message)}`)
      case 'kernel_starting':
        return this.#say(`Starting the kernel ${message.name}`)
      case 'kernel_created':
        return
      case 'kernel_started':
        return this.#expect(message)
      case 'cell_started':
        return this.#startCell(message.cell, message.position)
      case 'cell_output':
        return this.#cells.get(message.cell.index)?.add(message.output)
      case 'cell_finished':
        return this.#finishCell(message)
      case 'warning':
        return this.#warn(message.message)
      case 'diagnosed':
        return this.#showFailedChecks(message)
      case 'outputs_left_out':
        return this.#warn(`${message.count} outputs came too fast to be shown here`)
      case 'run_finished':
        return this.#finish(message.report)
      case 'executed_notebook':
        return this.#showExecuted(message)
      default:
        message satisfies never // a newer service may send other types
    }
  }

  /** Says that the run is being stopped. */
  stopping(): void {
    this.#isStopping = true
    this.#say('Stopping')
  }

  /** Call at the end of the stream; `outcome` is shown if there was no report. */
  end(outcome: OutcomeText): void {
    if (!this.#hasOutcome) this.#showOutcome(outcome, null)
    else if (!this.#executed.isShown) this.#executed.show(this.#notebook, notReceived)
  }

  #showExecuted(message: ExecutedNotebook): void {
    this.#drawWidgets(message)
    this.#executed.show(this.#notebook, message)
  }

  /** Shows widgets in their last state. A notebook may be large: it is read only where there are any. */
  #drawWidgets({ notebook }: ExecutedNotebook): void {
    const steps = this.#steps.filter((step) => step.hasWidgets)
    const result = this.#result !== null && isWidget(this.#result) ? this.#result : null
    if (steps.length === 0 && result === null) return
    const widgets = widgetsIn(notebook)
    for (const step of steps) step.drawWidgets(widgets)
    if (result !== null)
      this.#outcome.querySelector('.result')?.replaceWith(resultBlock(result, widgets))
  }

  /** Shows the failed checks of the diagnosis of a run that could not start. */
  #showFailedChecks({ findings }: Diagnosed): void {
    for (const { check, verdict, what, advice } of findings) {
      if (verdict === 'bad')
        this.#warn(`${check}: ${advice === null ? what : `${what}; ${advice}`}`)
    }
  }

  #say(text: string): void {
    this.#strip.say('running', text)
  }

  #expect({ cellsToRun, kernel }: KernelStarted): void {
    const numbers = Array.from({ length: cellsToRun }, (_, index) => index + 1)
    this.#steps = numbers.map((number) => new CellView(number, cellsToRun))
    this.#list.replaceChildren(...this.#steps.map((step) => step.element))
    this.#strip.expect(cellsToRun)
    this.#say(`The kernel ${kernel.name} runs`)
  }

  #startCell(cell: CellRef, position: number): void {
    const step = this.#steps[position - 1]
    if (step === undefined) return
    this.#cells.set(cell.index, step)
    this.#showMarkdown(step.element, cell.index ?? 0)
    step.start(cell, this.#language)
    this.#follow.show(step.element, 'nearest')
    this.#say(`Running ${position} of ${this.#steps.length}: ${cellName(cell.index)}`)
  }

  /** Shows the Markdown cells with a lower number before this cell. */
  #showMarkdown(before: HTMLElement | null, number: number): void {
    while (this.#markdown[0] !== undefined && this.#markdown[0].index < number) {
      const [cell] = this.#markdown.splice(0, 1)
      if (cell !== undefined) this.#list.insertBefore(markdownItem(cell), before)
    }
  }

  /** A cell that the user stopped has not failed. */
  #finishCell(message: CellFinished): void {
    if (this.#isStopping && message.status === 'error') return
    this.#strip.passed(message.position)
    this.#cells.get(message.cell.index)?.finish(message)
  }

  #warn(message: string): void {
    this.#warnings.hidden = false
    this.#warnings.append(element('li', {}, shownText(message)))
  }

  #finish(report: RunReport): void {
    const known = new Set(Array.from(this.#warnings.children, (item) => item.textContent))
    for (const message of report.warnings) if (!known.has(shownText(message))) this.#warn(message)
    this.#showOutcome(outcomeTextOf(report), report)
  }

  #showOutcome(outcome: OutcomeText, report: RunReport | null): void {
    this.#hasOutcome = true
    const { tone, sentences } = outcome
    this.#strip.end(outcome, report === null ? '' : `${counted(report.cells.executed, 'cell')} ran`)
    for (const step of this.#steps) step.end()
    if (tone === 'good') this.#showMarkdown(null, Infinity)
    this.#outcome.dataset['tone'] = tone
    this.#outcome.hidden = false
    this.#outcome.replaceChildren(...sentences.map((text) => element('p', {}, text)))
    this.#result = report?.result?.data ?? null
    if (this.#result !== null) this.#outcome.append(resultBlock(this.#result))
    this.#follow.show(this.#section, 'start')
  }
}

function resultBlock(data: MimeBundle, widgets?: WidgetState): HTMLElement {
  return element(
    'div',
    { class: 'result' },
    element('h3', {}, 'Result'),
    richOutput(data, 'The result', widgets),
  )
}

const byHand = ['wheel', 'touchmove', 'pointerdown', 'keydown']

/** Scrolls new content into view until the user scrolls. */
class AutoScroll {
  #isOn = false

  constructor() {
    for (const type of byHand) {
      addEventListener(type, () => (this.#isOn = false), { passive: true })
    }
  }

  begin(): void {
    this.#isOn = true
  }

  show(target: HTMLElement, block: 'start' | 'nearest'): void {
    if (this.#isOn) target.scrollIntoView({ block })
  }
}
