import { field, textOf } from './fields.ts'
import { resultText } from './result_text.ts'

/** What a published report says, as far as the next run depends on it. */
export interface FinishedRun {
  readonly outcome: string
  readonly notebook: string
  readonly runId: string
  /** The result as plain text, a text as itself; else empty. */
  readonly result: string
  /** The first place where the executed notebook was saved, else empty. */
  readonly output: string
}

/** Reads the text of a message as a run's report; null when it is none. */
export function readFinishedRun(text: string): FinishedRun | null {
  const report = parsed(text)
  if (field(report, 'event') !== 'run_finished') return null
  const outputs = field(report, 'outputs')
  const [output]: readonly unknown[] = Array.isArray(outputs) ? outputs : []
  return {
    outcome: textOf(report, 'outcome') ?? '',
    notebook: textOf(report, 'notebook') ?? '',
    runId: textOf(report, 'runId') ?? '',
    result: resultText(textOf(field(field(report, 'result'), 'data'), 'text/plain') ?? ''),
    output: typeof output === 'string' ? output : '',
  }
}

function parsed(text: string): unknown {
  if (!text.trimStart().startsWith('{')) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
