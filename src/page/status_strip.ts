import { durationText } from '../util/duration.ts'
import { safeText } from '../util/text.ts'
import { byId } from './element.ts'
import type { OutcomeText } from './outcome_text.ts'

const tickMs = 100
/** Above the strip and below it, in pixels. */
const margins = 24

/** The strip that stays in view, with the notebook, progress, elapsed time and stop button. */
export class StatusStrip {
  readonly #strip = byId('strip', HTMLElement)
  readonly #name = byId('run-name', HTMLElement)
  readonly #title = byId('run-title', HTMLElement)
  readonly #time = byId('run-time', HTMLElement)
  readonly #progress = byId('run-progress', HTMLProgressElement)
  readonly #stop = byId('stop', HTMLButtonElement)
  #startedTick = 0
  #timer: number | undefined

  constructor() {
    new ResizeObserver(() => this.#makeRoom()).observe(this.#strip)
  }

  /** What has the focus is scrolled to below the strip, however many lines its name takes. */
  #makeRoom(): void {
    const { height } = this.#strip.getBoundingClientRect()
    document.documentElement.style.scrollPaddingTop = `${Math.ceil(height) + margins}px`
  }

  get elapsedMs(): number {
    return performance.now() - this.#startedTick
  }

  /** `ticked` is called regularly during the run, to update other elapsed times. */
  begin(notebook: string, ticked: () => void): void {
    this.#startedTick = performance.now()
    this.#timer = setInterval(() => {
      this.#time.textContent = durationText(this.elapsedMs)
      ticked()
    }, tickMs)
    this.#stop.hidden = false
    this.#name.textContent = safeText(notebook)
    this.#progress.removeAttribute('value')
    this.say('running', 'Asking for the run')
  }

  expect(cells: number): void {
    this.#progress.max = Math.max(1, cells)
    this.#progress.value = 0
  }

  passed(cells: number): void {
    this.#progress.value = cells
  }

  say(state: OutcomeText['tone'] | 'running', text: string): void {
    this.#strip.dataset['state'] = state
    this.#title.textContent = safeText(text)
  }

  end({ tone, title }: OutcomeText, note: string): void {
    clearInterval(this.#timer)
    this.#time.textContent = note
    if (document.activeElement === this.#stop) this.#title.focus()
    this.#stop.hidden = true
    if (!this.#progress.hasAttribute('value')) this.#progress.value = 0
    this.say(tone, title)
  }
}
