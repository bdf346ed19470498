import type { CellFinished, CellRef, Diagnosed, KernelStarted, RunReport } from '../events.ts'
import { type CellIndex, cellName } from '../util/cell_name.ts'
import type { ExecutedNotebook, RunMessage } from './api.ts'
import { CellView } from './cell_view.ts'
import { byId, element } from './element.ts'
import { nameOf } from './place.ts'
import { richOutput, sandboxFrame } from './rich_output.ts'
import { StatusStrip } from './status_strip.ts'
import { shownText } from './terminal_text.ts'
import { counted, type Verdict, verdictOf } from './verdict.ts'

const notReceived = { problem: { detail: 'it did not come' } }

/** Shows a run: its progress, its cells and their outputs, and how it ended. */
export class RunView {
  readonly #section = byId('run', HTMLElement)
  readonly #verdict = byId('verdict', HTMLElement)
  readonly #warnings = byId('warnings', HTMLElement)
  readonly #list = byId('cells', HTMLElement)
  readonly #strip = new StatusStrip()
  readonly #executed = new ExecutedView()
  readonly #follow = new AutoScroll()
  #steps: CellView[] = []
  #cells = new Map<CellIndex, CellView>()
  #notebook = ''
  #isJudged = false
  #isStopping = false

  get elapsedMs(): number {
    return this.#strip.elapsedMs
  }

  begin(notebook: string): void {
    this.clear()
    this.#isJudged = false
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
    for (const part of [this.#section, this.#verdict, this.#warnings]) part.hidden = true
    for (const part of [this.#verdict, this.#warnings, this.#list]) part.replaceChildren()
    this.#executed.clear()
    this.#steps = []
    this.#cells = new Map()
  }

  take(message: RunMessage): void {
    switch (message.type) {
      case 'run_started':
        return this.#say(`Looking for the Jupyter Server ${message.server}`)
      case 'server_waiting':
        return this.#say(`Waiting for the server (${message.attempt}): ${message.reason}`)
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
        return this.#tellBad(message)
      case 'outputs_left_out':
        return this.#warn(`${message.count} outputs came too fast to be shown here`)
      case 'run_finished':
        return this.#finish(message.report)
      case 'executed_notebook':
        return this.#executed.show(this.#notebook, message)
      default:
        message satisfies never // a newer service may send other types
    }
  }

  /** Says that the run is being stopped. */
  stopping(): void {
    this.#isStopping = true
    this.#say('Stopping')
  }

  /** Call at the end of the stream; `verdict` is shown if there was no report. */
  end(verdict: Verdict): void {
    if (!this.#isJudged) this.#judge(verdict, null)
    else if (!this.#executed.isShown) this.#executed.show(this.#notebook, notReceived)
  }

  /** Shows the failed checks of the diagnosis of a run that could not start. */
  #tellBad({ findings }: Diagnosed): void {
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
    step.start(cell)
    this.#follow.show(step.element, 'nearest')
    this.#say(`Running ${position} of ${this.#steps.length}: ${cellName(cell.index)}`)
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
    this.#judge(verdictOf(report), report)
  }

  #judge(verdict: Verdict, report: RunReport | null): void {
    this.#isJudged = true
    this.#strip.end(verdict, report === null ? '' : `${counted(report.cells.executed, 'cell')} ran`)
    for (const step of this.#steps) step.end()
    const { tone, sentences } = verdict
    this.#verdict.dataset['tone'] = tone
    this.#verdict.hidden = false
    this.#verdict.replaceChildren(...sentences.map((text) => element('p', {}, text)))
    if (report?.result) this.#verdict.append(resultBlock(report.result))
    this.#follow.show(this.#section, 'start')
  }
}

function resultBlock({ data }: NonNullable<RunReport['result']>): HTMLElement {
  return element(
    'div',
    { class: 'result' },
    element('h3', {}, 'Result'),
    richOutput(data, 'The result'),
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

/** The executed notebook, shown in a frame and offered for download. */
class ExecutedView {
  readonly #section = byId('executed', HTMLElement)
  readonly #body = byId('executed-body', HTMLElement)
  readonly #downloads = byId('downloads', HTMLElement)
  readonly #addresses: string[] = []

  get isShown(): boolean {
    return !this.#section.hidden
  }

  clear(): void {
    this.#section.hidden = true
    this.#body.replaceChildren()
    this.#downloads.replaceChildren()
    for (const address of this.#addresses.splice(0)) URL.revokeObjectURL(address)
  }

  show(path: string, { notebook, html, problem }: ExecutedNotebook): void {
    const name = nameOf(path).replace(/\.ipynb$/, '')
    if (notebook) this.#offer(`${name}.ipynb`, notebook)
    if (html) this.#offer(`${name}.html`, html)
    this.#body.append(html ? pageFrame(html) : noPage(problem?.detail))
    this.#section.hidden = !(html || notebook || problem)
  }

  /** Offered as `application/octet-stream`: opened in a tab, markup must not run in this origin. */
  #offer(file: string, text: string): void {
    const address = URL.createObjectURL(new Blob([text], { type: 'application/octet-stream' }))
    this.#addresses.push(address)
    this.#downloads.append(element('a', { href: address, download: file, class: 'button' }, file))
  }
}

function pageFrame(html: string): HTMLElement {
  const frame = sandboxFrame(html, 'The executed notebook')
  frame.className = 'page'
  const text = 'Scripts and links do not work in this view; they do in the file when it is opened.'
  return element('div', { class: 'paper' }, frame, element('p', { class: 'note' }, text))
}

function noPage(reason = 'the function sent none'): HTMLElement {
  return element('p', { class: 'note' }, `There is no page to show: ${reason}`)
}
