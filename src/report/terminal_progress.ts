import { Writable } from 'node:stream'
import { createLogUpdate } from 'log-update'
import type { RunEvent } from '../events.ts'
import { createLastingText } from './lasting_text.ts'
import { beforeRun, nextState, progressLine } from './progress_line.ts'
import type { ProgressOptions, ProgressStream } from './progress_stream.ts'

const redrawMs = 200

/** Progress for a terminal: one line that is drawn again and again, and above it what is to stay. */
export class TerminalProgress {
  readonly #screen: Screen
  readonly #lastingText: (event: RunEvent) => string[]
  readonly #line: ReturnType<typeof createLogUpdate>
  readonly #timer: NodeJS.Timeout
  readonly #startedAt = performance.now()
  #state = beforeRun
  #over = false

  constructor(stream: ProgressStream, options: ProgressOptions) {
    this.#screen = new Screen(stream)
    this.#lastingText = createLastingText(options)
    // A cursor that is hidden stays so when the process is killed.
    this.#line = createLogUpdate(this.#screen, { showCursor: true })
    this.#timer = setInterval(() => this.#draw(), redrawMs).unref()
    this.#draw()
  }

  observe(event: RunEvent): void {
    const lasting = this.#lastingText(event)
    if (lasting.length > 0) this.#print(lasting)
    this.#state = nextState(this.#state, event)
    if (event.type === 'run_finished') this[Symbol.dispose]()
    else this.#draw()
  }

  [Symbol.dispose](): void {
    if (this.#over) return
    this.#over = true
    clearInterval(this.#timer)
    this.#line.clear()
  }

  #print(texts: readonly string[]): void {
    if (!this.#over) this.#line.clear()
    this.#screen.write(texts.map((text) => `${text}\n`).join(''))
  }

  #draw(): void {
    if (this.#over) return
    const elapsedMs = performance.now() - this.#startedAt
    // The last column stays free: a terminal may break the line after a character there.
    this.#line(progressLine(this.#state, { elapsedMs, columns: this.#screen.columns - 1 }))
  }
}

/** The stream as log-update wants it, with a width even where a terminal does not tell its own. */
class Screen extends Writable {
  readonly isTTY = true
  readonly #stream: ProgressStream

  constructor(stream: ProgressStream) {
    super({ decodeStrings: false })
    this.#stream = stream
  }

  get columns(): number {
    return this.#stream.columns || 80
  }

  override _write(text: string, _encoding: string, done: () => void): void {
    this.#stream.write(text)
    done()
  }
}
