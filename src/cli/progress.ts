import type { CellFinished, CellStarted, RunEvent, RunStarted } from '../events.ts'
import { cellWithCode } from '../util/cell_name.ts'
import { durationText } from '../util/duration.ts'
import { hubServerName } from '../util/hub_name.ts'
import { oneLine } from '../util/text.ts'
import {
  createPermanentLines,
  type ProgressOptions,
  type ProgressStream,
} from './permanent_lines.ts'

/** Shows the progress of a run; disposing removes what is not permanent. */
export interface Progress {
  observe(event: RunEvent): void
  [Symbol.dispose](): void
}

export async function createProgress(
  stream: ProgressStream,
  options: ProgressOptions,
): Promise<Progress> {
  if (options.quiet === true)
    return new NoProgress(stream, { ...options, verbose: false }, isFailure)
  if (options.noProgressBar === true) return new NoProgress(stream, options)
  if (stream.isTTY !== true) return new PlainProgress(stream, options)
  // Only a terminal needs the packages that draw on it: they take a while to load.
  const { TerminalProgress } = await import('./terminal_progress.ts')
  return new TerminalProgress(stream, options)
}

function beginning({ resumed }: RunStarted): string {
  if (resumed === undefined) return 'Running'
  return `Resuming, ${durationText(resumed.afterMs)} after the last process,`
}

/** No progress: the lines that stay. */
class NoProgress {
  readonly #stream: ProgressStream
  readonly #permanentLines: (event: RunEvent) => string[]
  readonly #isShown: Shows

  constructor(stream: ProgressStream, options: ProgressOptions, isShown: Shows = () => true) {
    this.#stream = stream
    this.#permanentLines = createPermanentLines(options)
    this.#isShown = isShown
  }

  observe(event: RunEvent): void {
    if (!this.#isShown(event)) return
    this.#permanentLines(event).forEach((text) => this.#stream.write(`${text}\n`))
  }

  [Symbol.dispose](): void {}
}

type Shows = (event: RunEvent) => boolean

function isFailure(event: RunEvent): boolean {
  return event.type === 'run_finished' && event.report.error !== undefined
}

/** Progress for files and pipes: plain lines, "[1/7] cell 0 ... ok 0.2 s". */
class PlainProgress {
  readonly #stream: ProgressStream
  readonly #permanentLines: (event: RunEvent) => string[]
  #cellsToRun = 0
  #inLine = false

  constructor(stream: ProgressStream, options: ProgressOptions) {
    this.#stream = stream
    this.#permanentLines = createPermanentLines(options)
  }

  observe(event: RunEvent): void {
    this.#permanentLines(event).forEach((text) => this.#printLine(text))
    switch (event.type) {
      case 'run_started':
        return this.#say(`${beginning(event)} ${event.notebook} on ${event.server}`)
      case 'server_waiting':
        return this.#say(`Waiting for the server, attempt ${event.attempt}: ${event.reason}`)
      case 'hub_starting':
        return this.#say(`JupyterHub starts the server ${hubServerName(event)}`)
      case 'kernel_started':
        this.#cellsToRun = event.cellsToRun
        return this.#say(`Kernel ${event.kernel.name} started`)
      case 'cell_started':
        return this.#beginCell(event)
      case 'cell_finished':
        return this.#endCell(event)
    }
  }

  [Symbol.dispose](): void {
    this.#endLine()
  }

  #say(text: string): void {
    this.#printLine(oneLine(text, 500))
  }

  #beginCell(event: CellStarted): void {
    this.#endLine()
    this.#stream.write(this.#nameOf(event))
    this.#inLine = true
  }

  #endCell(event: CellFinished): void {
    const status = event.status === 'ok' ? 'ok' : 'failed'
    const name = this.#inLine ? '' : this.#nameOf(event)
    this.#inLine = false
    this.#stream.write(`${name} ${status} ${durationText(event.durationMs)}\n`)
  }

  #nameOf({ position, cell }: CellStarted | CellFinished): string {
    return `[${position}/${this.#cellsToRun}] ${cellWithCode(cell)} ...`
  }

  #printLine(text: string): void {
    this.#endLine()
    this.#stream.write(`${text}\n`)
  }

  #endLine(): void {
    if (this.#inLine) this.#stream.write('\n')
    this.#inLine = false
  }
}
