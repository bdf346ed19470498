import type { RunEvent, RunFinished, RunReport } from '../../src/events.ts'
import { createRedactor } from '../../src/redaction/redactor.ts'
import type { RunRequest } from '../../src/request/run_request.ts'
import { runNotebook } from '../../src/run/run_notebook.ts'
import { neverAborts } from '../../src/util/abort.ts'
import { token } from './fake_request.ts'

export { neverAborts }

export interface ObservedRun {
  readonly events: readonly RunEvent[]
  readonly report: RunReport
  readonly notebook: RunFinished['notebook']
}

/** Nothing is saved. */
export const tools = {
  redactor: createRedactor([token]),
}

/** Runs the notebook to its end; `onEvent` may act while it runs. */
export async function observeRun(
  request: RunRequest,
  signal: AbortSignal = neverAborts,
  onEvent: (event: RunEvent) => void = () => undefined,
): Promise<ObservedRun> {
  const events: RunEvent[] = []
  const emit = (event: RunEvent) => {
    events.push(event)
    onEvent(event)
  }
  const report = await runNotebook(request, { ...tools, emit, signal })
  const last = events.at(-1)
  const ends = events.filter(({ type }) => type === 'run_finished')
  if (last?.type !== 'run_finished' || ends.length !== 1) {
    throw new Error('Cannot find one report at the end of the run')
  }
  if (last.report !== report) throw new Error('Cannot find the same report in the last event')
  return { events, report, notebook: last.notebook }
}
