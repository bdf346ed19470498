import type { CellFinished, CellRef } from '../events.ts'
import type { MimeBundle, Output } from '../jupyter/nbformat.ts'
import type { WidgetState } from '../rendering/mime_types.ts'
import { cellName, cellTitle } from '../util/cell_name.ts'
import { durationText } from '../util/duration.ts'
import { codeNodes } from './coloured_text.ts'
import { element } from './element.ts'
import { isWidget, richOutput, textBlock } from './rich_output.ts'
import { StreamBlock } from './stream_block.ts'

type CellState = 'waiting' | 'running' | 'ok' | 'failed' | 'stopped' | 'skipped'

const words: Readonly<Record<CellState, string>> = {
  waiting: 'waiting',
  running: 'running',
  ok: 'ok',
  failed: 'failed',
  stopped: 'stopped',
  skipped: 'not run',
}

/** One cell of a run. Its source is shown only when it starts. */
export class CellView {
  readonly element = element('li', { class: 'cell' })
  readonly #name = element('span', { class: 'cell-name' })
  readonly #state = element('span', { class: 'cell-state' })
  #outputs: CellOutputs | null = null
  #current: CellState = 'waiting'
  #startedTick = 0

  constructor(position: number, total: number) {
    const icon = element('span', { class: 'state', 'aria-hidden': 'true' })
    const place = element('span', { class: 'cell-place' }, `${position} of ${total}`)
    const line = element('div', { class: 'cell-line' }, icon, place, this.#name, this.#state)
    this.element.append(line)
    this.#enter('waiting')
  }

  /** `language` is that of its code. */
  start(cell: CellRef, language: string | null): void {
    const title = cellName(cell.index)
    this.#name.textContent = cellTitle(cell.index)
    this.#outputs = new CellOutputs(title)
    const source = element(
      'pre',
      { class: 'source', tabindex: '0', role: 'group', 'aria-label': `Source of ${title}` },
      element('code', {}, ...codeNodes(cell.source, language)),
    )
    this.element.append(source, this.#outputs.element)
    this.#startedTick = performance.now()
    this.#enter('running')
  }

  add(output: Output): void {
    this.#outputs?.add(output)
  }

  /** Whether it shows widgets whose last state is not known yet. */
  get hasWidgets(): boolean {
    return this.#outputs?.hasWidgets ?? false
  }

  /** Shows the cell's widgets in their last state. */
  drawWidgets(widgets: WidgetState): void {
    this.#outputs?.drawWidgets(widgets)
  }

  finish({ status, durationMs }: CellFinished): void {
    this.#enter(status === 'ok' ? 'ok' : 'failed', durationMs)
  }

  /** Call when the run has ended: a running cell was stopped, a waiting one will not run. */
  end(): void {
    if (this.#current === 'running') this.#enter('stopped', this.#elapsedMs())
    if (this.#current === 'waiting') this.#enter('skipped')
  }

  /** Updates the time that the cell has been running. */
  tick(): void {
    if (this.#current === 'running') this.#enter('running', this.#elapsedMs())
  }

  #elapsedMs(): number {
    return performance.now() - this.#startedTick
  }

  #enter(state: CellState, durationMs?: number): void {
    this.#current = state
    if (this.element.dataset['state'] !== state) this.element.dataset['state'] = state
    const time = durationMs === undefined ? '' : ` · ${durationText(durationMs)}`
    this.#state.textContent = `${words[state]}${time}`
  }
}

const maxBlocks = 60

/** The outputs of a cell; when there are too many, the newest ones. */
class CellOutputs {
  readonly element = element('div', { class: 'outputs' })
  readonly #title: string
  readonly #notice = element('p', { class: 'note cut', hidden: true })
  readonly #blocks: HTMLElement[] = []
  readonly #widgets: { readonly shown: HTMLElement; readonly data: MimeBundle }[] = []
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

  get hasWidgets(): boolean {
    return this.#widgets.length > 0
  }

  drawWidgets(widgets: WidgetState): void {
    for (const { shown, data } of this.#widgets.splice(0)) {
      shown.replaceWith(richOutput(data, this.#title, widgets))
    }
  }

  #blockOf(output: Exclude<Output, { output_type: 'stream' }>): HTMLElement {
    if (output.output_type !== 'error') return this.#richBlock(output.data)
    const { traceback, ename, evalue } = output
    const text = traceback.length > 0 ? traceback.join('\n') : `${ename}: ${evalue}`
    return textBlock(text, `Error in ${this.#title}`, 'error')
  }

  #richBlock(data: MimeBundle): HTMLElement {
    const shown = richOutput(data, this.#title)
    if (isWidget(data)) this.#widgets.push({ shown, data })
    return shown
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
    if (this.#blocks.length <= maxBlocks) return
    this.#blocks.shift()?.remove()
    this.#dropped++
    this.#notice.hidden = false
    this.#notice.textContent = `${this.#dropped.toLocaleString('en')} earlier outputs are not shown here; the executed notebook has them`
  }
}
