import type { Output } from '../../jupyter/notebook.ts'
import { element } from './element.ts'
import { richOutput, textBlock } from './rich_output.ts'
import { StreamBlock } from './stream_block.ts'

const mostBlocks = 60

/** The outputs of a cell as they arrive: the newest ones, where there are too many. */
export class CellOutputs {
  readonly element = element('div', { class: 'outputs' })
  readonly #title: string
  readonly #notice = element('p', { class: 'note cut', hidden: true })
  readonly #blocks: HTMLElement[] = []
  #stream: StreamBlock | null = null
  #dropped = 0

  constructor(title: string) {
    this.#title = title
    this.element.append(this.#notice)
  }

  add(output: Output): void {
    if (output.output_type === 'stream') {
      this.#streamOf(output.name).add(output.text)
      return
    }
    this.#stream = null
    this.#append(element('div', { class: 'output' }, this.#blockOf(output)))
  }

  #blockOf(output: Exclude<Output, { output_type: 'stream' }>): HTMLElement {
    if (output.output_type !== 'error') return richOutput(output.data, this.#title)
    const { traceback, ename, evalue } = output
    const text = traceback.length > 0 ? traceback.join('\n') : `${ename}: ${evalue}`
    return textBlock(text, `Error in ${this.#title}`, 'error')
  }

  #streamOf(name: string): StreamBlock {
    if (this.#stream?.continues(name)) return this.#stream
    const block = new StreamBlock(name)
    this.#stream = block
    this.#append(block.element)
    return block
  }

  #append(block: HTMLElement): void {
    this.element.append(block)
    this.#blocks.push(block)
    if (this.#blocks.length <= mostBlocks) return
    this.#blocks.shift()?.remove()
    this.#dropped++
    this.#notice.hidden = false
    this.#notice.textContent = `${this.#dropped.toLocaleString('en')} earlier outputs are not shown here; the executed notebook has them`
  }
}
