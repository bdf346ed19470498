import { asRunError, type RunError } from '../errors.ts'
import { isRepeatable, prepareSweep, type Sweep, type SweepInput } from '../sweep/prepare.ts'
import { type SweepReport, sweepStatus } from '../sweep/report.ts'
import { runSweep } from '../sweep/sweep.ts'
import type { Interruption } from './interruption.ts'
import type { ProgressStream } from './permanent_lines.ts'
import { SweepProgress } from './sweep_progress.ts'

export interface SweepCommandTools {
  readonly stderr: ProgressStream
  readonly interruption: Interruption
  /** Prints the report as one line of JSON. */
  readonly printReport: (report: SweepReport) => Promise<void>
  /** Prints a line of the list of sets; null where the report is printed in its place. */
  readonly writeLine: ((line: string) => void) | null
}

/**
 * Runs a notebook once for each set of parameters. Returns the exit status, or the reason why nothing
 * was started, which is to be reported as that of one run.
 */
export async function callSweep(
  input: SweepInput,
  tools: SweepCommandTools,
): Promise<number | RunError> {
  const { stderr, interruption, writeLine } = tools
  const { signal } = interruption
  let sweep: Sweep
  try {
    sweep = await prepareSweep(input, signal)
  } catch (error) {
    return asRunError(error)
  }
  const { redactor } = input
  const { quiet, noProgressBar } = input.options
  const shown = { redactor, quiet, noProgressBar, isRepeatable: isRepeatable(input), writeLine }
  using progress = await SweepProgress.create(stderr, sweep, shown)
  const report = await runSweep(sweep, {
    signal,
    emit: (event) => {
      if (event.type === 'run_event') interruption.observe(event.event, event.index)
      progress.observe(event)
    },
  })
  if (writeLine === null) await tools.printReport(report)
  return sweepStatus(report.sets)
}
