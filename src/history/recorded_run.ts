import { isErrorCode } from '../errors.ts'
import type { RunReport } from '../events.ts'
import type { ParameterMap, ShownParameter } from '../parameters/parameter.ts'
import type { Redactor } from '../redaction/redactor.ts'
import type { Caller } from '../request/env.ts'
import { shownParameters } from '../request/parameter_text.ts'
import { tryParseJson } from '../util/json.ts'
import { field, isRecord, textOf } from '../util/record.ts'
import { cutText } from '../util/text.ts'
import type { RecordedRun, StartedBy } from './record.ts'
import type { RunName } from './run_name.ts'

const startersOf: Readonly<Record<Caller, StartedBy>> = {
  command: 'command',
  function: 'message',
  job: 'job',
  http: 'request',
}

export interface RecordInput {
  readonly caller: Caller
  readonly parameters: ParameterMap
  readonly redactor: Redactor
  readonly hasNotebook: boolean
}

const maxMessage = 500

/** `report` holds no secret already. */
export function recordedRun(report: RunReport, input: RecordInput): RecordedRun {
  const { caller, parameters, redactor, hasNotebook } = input
  const { runId, outcome, startedAt, durationMs, server, notebook, error } = report
  const shown = shownParameters(parameters, redactor)
  return {
    runId,
    outcome,
    startedAt,
    durationMs,
    startedBy: startersOf[caller],
    server,
    notebook,
    parameters: shown,
    otherParameters: parameters.size - shown.length,
    error: error ? { code: error.code, message: cutText(error.message, maxMessage) } : null,
    hasNotebook,
  }
}

/** Reads what `recordedRun()` made, as JSON; null for anything else. */
export function readRecordedRun(text: string, name: RunName): RecordedRun | null {
  const value = tryParseJson(text)
  if (!isRecord(value) || value['runId'] !== name.runId) return null
  const { parameters, otherParameters, hasNotebook, startedAt } = value
  if (!Array.isArray(parameters) || typeof startedAt !== 'string') return null
  const { runId, outcome, durationMs, startedBy } = name
  return {
    runId,
    outcome,
    startedAt,
    durationMs,
    startedBy,
    server: textOf(value, 'server'),
    notebook: textOf(value, 'notebook'),
    parameters: parameters.flatMap(readParameter),
    otherParameters: Number(otherParameters) || 0,
    error: readError(value['error']),
    hasNotebook: hasNotebook === true,
  }
}

function readParameter(value: unknown): ShownParameter[] {
  const name = field(value, 'name')
  const text = field(value, 'text')
  if (typeof name !== 'string' || typeof text !== 'string') return []
  return [{ name, text, isComplete: field(value, 'isComplete') === true }]
}

function readError(value: unknown): RecordedRun['error'] {
  const code = textOf(value, 'code')
  return isErrorCode(code) ? { code, message: textOf(value, 'message') ?? '' } : null
}
