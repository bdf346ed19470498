import type { RunEvent } from '../events.ts'
import type { Redactor } from '../redaction/redactor.ts'
import { summaryOf } from '../reporting/summary.ts'
import type { Sweep } from '../sweep/prepare.ts'
import { repeatHint, type SweepReport, sweepSummary } from '../sweep/report.ts'
import type { SweepEvent } from '../sweep/sweep.ts'
import { durationText } from '../util/duration.ts'
import { oneLine } from '../util/text.ts'
import type { ProgressStream } from './permanent_lines.ts'
import type { SweepTable } from './sweep_table.ts'

export interface SweepProgressOptions {
  readonly redactor: Redactor
  /** Whether failures alone are shown. */
  readonly quiet: boolean
  /** Whether no table is drawn. */
  readonly noProgressBar: boolean
  /** Whether a later call can repeat what failed. */
  readonly isRepeatable: boolean
  /** Prints a line of the list of sets; null where there is none. */
  readonly writeLine: ((line: string) => void) | null
}

type ShownSweep = Pick<Sweep, 'indexes'>

/** Shows a sweep: a line for each set that has ended, and on a terminal a table of those that run. */
export class SweepProgress {
  readonly #stream: ProgressStream
  readonly #sweep: ShownSweep
  readonly #options: SweepProgressOptions
  readonly #table: SweepTable | null
  #ended = 0

  private constructor(
    stream: ProgressStream,
    sweep: ShownSweep,
    { table, ...options }: SweepProgressOptions & { readonly table: SweepTable | null },
  ) {
    this.#stream = stream
    this.#sweep = sweep
    this.#options = options
    this.#table = table
  }

  static async create(
    stream: ProgressStream,
    sweep: ShownSweep,
    options: SweepProgressOptions,
  ): Promise<SweepProgress> {
    const hasTable = stream.isTTY === true && !options.quiet && !options.noProgressBar
    const table = hasTable ? await loadTable(stream, sweep.indexes.length) : null
    return new SweepProgress(stream, sweep, { ...options, table })
  }

  observe(event: SweepEvent): void {
    if (event.type === 'sweep_finished') return this.#end(event.report)
    this.#observeRun(event.index, event.event)
  }

  [Symbol.dispose](): void {
    this.#table?.[Symbol.dispose]()
  }

  #observeRun(index: number, event: RunEvent): void {
    this.#table?.observe(index, event)
    if (event.type !== 'run_finished') return
    this.#ended += 1
    const { error } = event.report
    if (this.#options.quiet && error === undefined) return
    const code = error === undefined ? '' : ` [${error.code}]`
    this.#say(`[${this.#ended}/${this.#sweep.indexes.length}] ${summaryOf(event.report)}${code}`)
  }

  #end(report: SweepReport): void {
    this.#table?.[Symbol.dispose]() // nothing may be drawn between the lines of the list
    if (this.#options.writeLine !== null) setLines(report).forEach(this.#options.writeLine)
    for (const message of report.warnings) this.#say(`Warning: ${message}`)
    const hasFailed = report.counts.succeeded < report.counts.total
    if (this.#options.quiet && !hasFailed) return
    this.#say(`${sweepSummary(report)}${repeatHint(report, this.#options.isRepeatable)}`)
  }

  #say(text: string): void {
    const line = this.#options.redactor.names.text(oneLine(text, maxLine))
    if (this.#table === null) this.#stream.write(`${line}\n`)
    else this.#table.print(line)
  }
}

/** Only a terminal needs the packages that draw on it: they take a while to load. */
async function loadTable(stream: ProgressStream, count: number): Promise<SweepTable> {
  const { createTable } = await import('./sweep_table.ts')
  return createTable(stream, count)
}

const maxLine = 10_000

/** The sets of a report as lines: outcome, time, parameters, and the result or the reason. */
function setLines({ sets }: SweepReport): readonly string[] {
  return sets.map(({ outcome, durationMs, parameters, result, error, output }) => {
    const shown = Object.entries(parameters).map(([name, text]) => oneLine(`${name}=${text}`, 60))
    const time = outcome === 'not_run' ? '' : durationText(durationMs)
    const what = error === undefined ? (result ?? '') : `${error.code}: ${error.message}`
    const end = [oneLine(what, 100), output ?? ''].filter((part) => part !== '').join('  ')
    return `${outcome.padEnd(10)}${time.padStart(9)}  ${shown.join(', ')}  ${end}`.trimEnd()
  })
}
