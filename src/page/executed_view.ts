import type { ExecutedNotebook } from './api.ts'
import { element } from './element.ts'
import { sandboxFrame } from './frame.ts'
import { nameOf } from './place.ts'

const title = 'The executed notebook'

/** A frame that is longer scrolls. */
const maxPixels = 30_000

/** The executed notebook: shown in a frame as its page, and offered as files. */
export class ExecutedView {
  readonly element = element('section', { class: 'executed', hidden: true })
  readonly #downloads = element('span', { class: 'downloads' })
  readonly #body = element('div')
  readonly #addresses: string[] = []

  constructor() {
    const line = element('div', { class: 'executed-line' }, element('h2', {}, title))
    line.append(this.#downloads)
    this.element.append(line, this.#body)
    this.element.setAttribute('aria-label', title)
  }

  get isShown(): boolean {
    return !this.element.hidden
  }

  clear(): void {
    this.element.hidden = true
    this.#body.replaceChildren()
    this.#downloads.replaceChildren()
    for (const address of this.#addresses.splice(0)) URL.revokeObjectURL(address)
  }

  /** `path` is the notebook's, which gives the files their names. */
  show(path: string, { notebook, html, problem }: ExecutedNotebook): void {
    this.clear()
    const name = nameOf(path).replace(/\.ipynb$/, '')
    if (notebook) this.#offer(`${name}.ipynb`, notebook)
    if (html) this.#offer(`${name}.html`, html)
    this.#body.append(html ? pageFrame(html) : noPage(problem?.detail))
    this.element.hidden = !(html || notebook || problem)
  }

  /** Offered as `application/octet-stream`: opened in a tab, markup must not run in this origin. */
  #offer(file: string, text: string): void {
    const address = URL.createObjectURL(new Blob([text], { type: 'application/octet-stream' }))
    this.#addresses.push(address)
    this.#downloads.append(element('a', { href: address, download: file, class: 'button' }, file))
  }
}

function pageFrame(html: string): HTMLElement {
  const frame = sandboxFrame(html, title, { maxPixels, allowed: 'allow-modals' }) // it prints itself
  frame.className = 'page'
  return element('div', { class: 'paper' }, frame)
}

function noPage(reason = 'the function sent none'): HTMLElement {
  return element('p', { class: 'note' }, `There is no page to show: ${reason}`)
}
