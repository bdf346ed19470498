import { ColouredText } from './coloured_text.ts'
import { element } from './element.ts'
import { TerminalText } from './terminal_text.ts'

const maxLines = 1000
const maxCharacters = 200_000

/** Interval at which new text is shown, however often it arrives. */
const showMs = 60

interface Piece {
  readonly node: HTMLElement
  readonly lines: number
  readonly characters: number
}

/** Shows the text of a stream; when there is too much, its end. */
export class StreamBlock {
  readonly element: HTMLElement
  readonly #name: string
  readonly #text = new TerminalText()
  readonly #pre: HTMLPreElement
  readonly #openLine = element('span')
  readonly #colours = new ColouredText()
  readonly #notice = element('p', { class: 'note cut', hidden: true })
  readonly #pieces: Piece[] = []
  #pending: string[] = []
  #isDue = false
  #lines = 0
  #characters = 0
  #dropped = 0

  constructor(name: string) {
    this.#name = name
    const label = name === 'stderr' ? 'Text, standard error' : 'Text'
    this.#pre = element('pre', {
      class: `text ${name}`,
      tabindex: '0',
      role: 'group',
      'aria-label': label,
    })
    this.#pre.append(this.#openLine)
    this.element = element('div', { class: 'output' }, this.#notice, this.#pre)
  }

  /** Whether this block shows the stream with this name. */
  continues(name: string): boolean {
    return this.#name === name
  }

  add(text: string): void {
    this.#pending.push(text)
    if (this.#isDue) return
    this.#isDue = true
    setTimeout(() => this.#show(), showMs)
  }

  #show(): void {
    this.#isDue = false
    const { lines, open } = this.#text.add(this.#pending.join(''))
    this.#pending = []
    const isAtEnd = this.#pre.scrollTop + this.#pre.clientHeight > this.#pre.scrollHeight - 30
    this.#append(lines)
    this.#openLine.replaceChildren(...new ColouredText().nodesOf(open))
    this.#drop()
    if (isAtEnd) this.#pre.scrollTop = this.#pre.scrollHeight
  }

  #append(lines: string): void {
    if (lines === '') return
    const { kept, dropped } = endOf(lines)
    const node = element('span')
    node.append(...this.#colours.nodesOf(kept))
    this.#pre.insertBefore(node, this.#openLine)
    const piece = { node, lines: countOf(kept), characters: kept.length }
    this.#pieces.push(piece)
    this.#lines += piece.lines
    this.#characters += piece.characters
    this.#dropped += dropped
  }

  /** Removes the oldest pieces as long as enough text is left to fill the block. */
  #drop(): void {
    for (let [first] = this.#pieces; first !== undefined; [first] = this.#pieces) {
      const isEnough = this.#lines - first.lines >= maxLines
      if (!isEnough && this.#characters - first.characters < maxCharacters) break
      this.#pieces.shift()
      first.node.remove()
      this.#lines -= first.lines
      this.#characters -= first.characters
      this.#dropped += first.lines
    }
    if (this.#dropped === 0) return
    this.#notice.hidden = false
    this.#notice.textContent = `${this.#dropped.toLocaleString('en')} earlier lines are not shown here; the executed notebook has them`
  }
}

/** The last lines of the text, up to the maximum that is shown. */
function endOf(text: string): { readonly kept: string; readonly dropped: number } {
  const total = countOf(text)
  if (total <= maxLines && text.length <= maxCharacters) return { kept: text, dropped: 0 }
  const kept = text
    .split('\n')
    .slice(-maxLines - 1)
    .join('\n')
    .slice(-maxCharacters)
  return { kept, dropped: total - countOf(kept) }
}

function countOf(text: string): number {
  let count = 0
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count++
  return count
}
