import type { RunReport } from '../../src/events.ts'
import { startCommand } from './command.ts'
import { peakMegabytes } from './processes.ts'

export interface CommandRun {
  readonly status: number | NodeJS.Signals
  readonly report: RunReport
  readonly seconds: number
  /** The most memory that the process had. */
  readonly peakMegabytes: number
  /** stdout and stderr. */
  readonly output: string
}

export interface CommandOptions {
  readonly token: string
  readonly env?: Readonly<Record<string, string>>
  /** A command that runs longer hangs: it is ended, and the test fails. */
  readonly limitMs?: number
}

/** Runs the built command with `--json` in a process of its own; its stdout has to be one report. */
export async function runCommand(
  args: readonly string[],
  { token, env, limitMs = 100_000 }: CommandOptions,
): Promise<CommandRun> {
  const startedTick = performance.now()
  await using child = await startCommand([...args, '--json'], { JUPYTER_TOKEN: token, ...env })
  let peak = 0
  const ended = () => {
    peak = Math.max(peak, peakMegabytes(child.pid))
    return child.status
  }
  const status = await child.until('the end of the command', ended, limitMs)
  await child.ended()
  const seconds = (performance.now() - startedTick) / 1000
  const { stdout, output } = child
  return { status, report: readReport(stdout), seconds, peakMegabytes: peak, output }
}

function readReport(stdout: string): RunReport {
  const lines = stdout.split('\n')
  if (lines.length !== 2 || lines[1] !== '') throw new Error(`Cannot find one report in ${stdout}`)
  const report: RunReport = JSON.parse(lines[0] ?? '')
  return report
}
