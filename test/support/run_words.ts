import { randomUUID } from 'node:crypto'
import type { RunEvent, RunReport } from '../../src/events.ts'
import { redactorFor, run } from '../../src/run/run.ts'

const never = new AbortController().signal

export interface WordsRun {
  readonly events: readonly RunEvent[]
  readonly report: RunReport
}

/** Runs what the words ask for in this process, as the command does. */
export async function runWords(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
  signal: AbortSignal = never,
): Promise<WordsRun> {
  const events: RunEvent[] = []
  const runId = randomUUID()
  const asks = { words: () => words, env }
  const redactor = redactorFor(asks)
  const order = { ...asks, caller: 'command', messageId: null, runId, redactor } as const
  const report = await run(order, { emit: (event) => void events.push(event), signal })
  return { events, report }
}
