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
  const last = await runNotebook(request, { ...tools, emit, signal })
  emit(last)
  return { events, report: last.report, notebook: last.notebook }
}
