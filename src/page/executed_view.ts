import { firstHeading } from '../rendering/first_heading.ts'
import { notebookName } from '../util/notebook_name.ts'
import { safeText } from '../util/text.ts'
import type { ExecutedNotebook } from './api.ts'
import { element } from './element.ts'
import { notebookFrame } from './frame.ts'

const title = 'The executed notebook'
const showLabel = 'Show as a report'

/** A frame that is longer scrolls. */
const maxPixels = 30_000

/** The executed notebook: shown in a frame as its page, and offered as files. */
export class ExecutedView {
  /** The view that is shown as a report, without anything else of the page. */
  static #report: ExecutedView | null = null

  static {
    addEventListener('keydown', ({ key }) => {
      if (key === 'Escape') ExecutedView.#report?.showReport(false)
    })
  }

  /** Shows the whole page again, because it is to show another place: `toggled` is not called. */
  static leaveReport(): void {
    const report = ExecutedView.#report
    if (report !== null) report.#setReport(false)
  }

  readonly element = element('div', { class: 'executed', hidden: true })
  readonly #title = element('h2', {}, title)
  readonly #downloads = element('span', { class: 'downloads' })
  readonly #body = element('div')
  readonly #toggle = element('button', { type: 'button', class: 'quiet' }, showLabel)
  readonly #toggled: (isReport: boolean) => void
  readonly #addresses: string[] = []
  #notebook = '{}'
  #name = ''
  /** Of the whole page. */
  #pageTitle = ''

  /** `toggled` is called when the reader begins or ends to see it as a report. */
  constructor(toggled: (isReport: boolean) => void = () => undefined) {
    this.#toggled = toggled
    this.#toggle.addEventListener('click', () => this.showReport(ExecutedView.#report !== this))
    const line = element('div', { class: 'executed-line' }, this.#title)
    line.append(this.#toggle, this.#downloads)
    this.element.append(line, this.#body)
  }

  get isShown(): boolean {
    return !this.element.hidden
  }

  clear(): void {
    if (ExecutedView.#report === this) this.#setReport(false)
    this.element.hidden = true
    this.#body.replaceChildren()
    this.#downloads.replaceChildren()
    this.#notebook = '{}'
    for (const address of this.#addresses.splice(0)) URL.revokeObjectURL(address)
  }

  /** `path` is the notebook's, which gives the files their names. */
  show(path: string, { notebook, html, problem }: ExecutedNotebook): void {
    this.clear()
    const name = notebookName(path)
    if (notebook) this.#offer(`${name}.ipynb`, notebook)
    if (html) this.#offer(`${name}.html`, html)
    this.#body.append(html ? pageFrame(html) : noPage(problem?.detail))
    this.#toggle.hidden = !html
    this.#notebook = notebook ?? '{}'
    this.#name = name
    this.element.hidden = !(html || notebook || problem)
  }

  /** Shows it alone, as wide as the window, under its own title; or the whole page again. */
  showReport(isReport: boolean): void {
    this.#setReport(isReport)
    this.#toggled(isReport)
  }

  #setReport(isReport: boolean): void {
    if (isReport) ExecutedView.leaveReport()
    ExecutedView.#report = isReport ? this : null
    document.body.classList.toggle('report', isReport)
    this.element.classList.toggle('reported', isReport)
    this.#title.ariaLevel = isReport ? '1' : '2' // no other heading is shown then
    this.#toggle.textContent = isReport ? 'Back to the run' : showLabel
    if (isReport) this.#pageTitle = document.title
    document.title = isReport ? safeText(this.#heading()) : this.#pageTitle
    scrollTo(0, 0)
  }

  #heading(): string {
    return firstHeading(Object(JSON.parse(this.#notebook))) ?? this.#name
  }

  /** Offered as `application/octet-stream`: opened in a tab, markup must not run in this origin. */
  #offer(file: string, text: string): void {
    const address = URL.createObjectURL(new Blob([text], { type: 'application/octet-stream' }))
    this.#addresses.push(address)
    this.#downloads.append(element('a', { href: address, download: file, class: 'button' }, file))
  }
}

function pageFrame(html: string): HTMLElement {
  const frame = notebookFrame(html, title, maxPixels)
  frame.className = 'page'
  return element('div', { class: 'paper' }, frame)
}

function noPage(reason = 'the function sent none'): HTMLElement {
  return element('p', { class: 'note' }, `There is no page to show: ${reason}`)
}
