import type { CellFinished, CellRef } from '../../events.ts'
import type { Output } from '../../jupyter/notebook.ts'
import { durationText } from '../../report/duration.ts'
import { CellOutputs } from './cell_outputs.ts'
import { element } from './element.ts'

export type CellState = 'waiting' | 'running' | 'ok' | 'failed' | 'stopped' | 'skipped'

const words: Readonly<Record<CellState, string>> = {
  waiting: 'waiting',
  running: 'running',
  ok: 'ok',
  failed: 'failed',
  stopped: 'stopped',
  skipped: 'not run',
}

/** One cell of a run. It waits without its source, which comes when it starts. */
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

  get state(): CellState {
    return this.#current
  }

  start(cell: CellRef): void {
    const title = `cell ${cell.index}`
    this.#name.textContent = `Cell ${cell.index}`
    this.#outputs = new CellOutputs(title)
    const source = element(
      'pre',
      { class: 'source', tabindex: '0', role: 'group', 'aria-label': `Source of ${title}` },
      element('code', {}, cell.source),
    )
    this.element.append(source, this.#outputs.element)
    this.#startedTick = performance.now()
    this.#enter('running')
  }

  add(output: Output): void {
    this.#outputs?.add(output)
  }

  finish({ status, durationMs }: CellFinished): void {
    this.#enter(status === 'ok' ? 'ok' : 'failed', durationMs)
  }

  /** The run is over: what runs was stopped, what waits will not run. */
  end(): void {
    if (this.#current === 'running') this.#enter('stopped', this.#elapsedMs())
    if (this.#current === 'waiting') this.#enter('skipped')
  }

  /** Shows how long the cell has been running. */
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
