import { examineServer } from '../../src/cli/doctor_command.ts'
import { attempt } from '../../src/errors.ts'
import type { Finding } from '../../src/events.ts'
import { parseArgv } from '../../src/request/argv.ts'
import { createRunRedactor } from '../../src/run/run.ts'

export interface DoctorRun {
  readonly status: number
  /** By the check's name. */
  readonly findings: Readonly<Record<string, Omit<Finding, 'check'>>>
  /** What was printed, a line each. */
  readonly output: string
}

const never = new AbortController().signal

/** Has the doctor look at what the arguments name, in this process. */
export async function runDoctor(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  signal: AbortSignal = never,
): Promise<DoctorRun> {
  const lines: string[] = []
  let found: readonly Finding[] = []
  const options = attempt(() => parseArgv(args))
  const input = {
    options,
    env,
    folder: '/',
    readFile: () => '',
    redactor: createRunRedactor(options, env),
    writeLine: (line: string) => void lines.push(line),
    writeFindings: (findings: readonly Finding[]) => {
      found = findings
    },
  }
  const status = await examineServer(input, signal)
  const findings = Object.fromEntries(found.map(({ check, ...rest }) => [check, rest]))
  return { status, findings, output: lines.join('\n') }
}
