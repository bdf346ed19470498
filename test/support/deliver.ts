import { randomInt } from 'node:crypto'
import type { FunctionProcess, LogEntry } from './function_process.ts'

export interface Delivered {
  /** 204 for a message that is done with, 500 for one to be delivered again. */
  readonly answer: number
  readonly report: LogEntry
  readonly seconds: number
}

/** Delivers a message to the function and takes its one report. */
export async function deliver(running: FunctionProcess, message: string): Promise<Delivered> {
  const startedTick = performance.now()
  const id = String(randomInt(1e12, 9e12))
  const answer = await running.deliver(message, { id })
  const seconds = (performance.now() - startedTick) / 1000
  const isReport = ({ event, messageId }: LogEntry) => event === 'run_finished' && messageId === id
  const report = await running.waitForEntry(isReport)
  if (running.entries().filter(isReport).length === 1) return { answer, report, seconds }
  throw new Error(`Cannot take the report of message ${id}: there are several`)
}
