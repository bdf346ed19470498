import { randomUUID } from 'node:crypto'
import { attempt } from '../../src/errors.ts'
import type { RunEvent, RunReport } from '../../src/events.ts'
import { parseArgv } from '../../src/request/argv.ts'
import { createRunRedactor, executeRun } from '../../src/run/run.ts'

const never = new AbortController().signal

export interface ArgsRun {
  readonly events: readonly RunEvent[]
  readonly report: RunReport
}

/** Runs what the arguments ask for in this process, as the command does. */
export async function runArgs(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  signal: AbortSignal = never,
): Promise<ArgsRun> {
  const events: RunEvent[] = []
  const options = attempt(() => parseArgv(args))
  const redactor = createRunRedactor(options, env)
  const identity = { runId: randomUUID(), messageId: null }
  const input = { options, env, folder: '/', caller: 'command', redactor, ...identity } as const
  const { report } = await executeRun(input, { emit: (event) => void events.push(event), signal })
  return { events, report }
}
