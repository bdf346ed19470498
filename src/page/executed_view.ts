import type { ExecutedNotebook } from './api.ts'
import { byId, element } from './element.ts'
import { nameOf } from './place.ts'
import { sandboxFrame } from './sandbox.ts'

/** The executed notebook, shown in a frame and offered for download. */
export class ExecutedView {
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
