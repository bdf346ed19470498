import { createHash } from 'node:crypto'
import { type Outcome, outcomes } from '../errors.ts'
import { dayMs } from '../util/duration.ts'
import { timeOfRunId } from '../util/run_id.ts'
import { type StartedBy, starters } from './record.ts'

/**
 * What the name of a recorded run says, so that a list is filtered without reading a file:
 * "79216-2026-11-26/16-07h/8236...-019ac3...~succeeded~5120~command~5b41...".
 */
export interface RunName {
  readonly runId: string
  readonly outcome: Outcome
  readonly durationMs: number
  readonly startedBy: StartedBy
  /** Of `notebookKey()`. */
  readonly notebookKey: string
}

const maxTime = 9_999_999_999_999
const maxDay = 99_999

/**
 * Beginning of the names of runs at this time, in UTC: names of later runs sort before it. An hour has
 * a folder of its own, since a Jupyter Server is slow to list a folder of thousands.
 */
export function namesAt(time: number): string {
  const iso = new Date(time).toISOString()
  const day = `${numbered(maxDay - Math.floor(time / dayMs), 5)}-${iso.slice(0, 10)}`
  const hour = `${numbered(23 - Number(iso.slice(11, 13)), 2)}-${iso.slice(11, 13)}h`
  return `${day}/${hour}/${numbered(maxTime - time, 13)}`
}

function numbered(number: number, digits: number): string {
  return String(number).padStart(digits, '0')
}

/** Beginning of the names of all files of a run; null for a text that is no id of a run. */
export function nameStart(runId: string): string | null {
  const time = timeOfRunId(runId)
  return time === null || time > maxTime ? null : `${namesAt(time)}-${runId}`
}

/** The name of a run; null when its id is none of `createRunId()`. */
export function writeRunName(run: RunName): string | null {
  const { runId, outcome, durationMs, startedBy, notebookKey: key } = run
  const start = nameStart(runId)
  return start === null ? null : [start, outcome, durationMs, startedBy, key].join('~')
}

const pattern =
  /^\d{5}-[\d-]{10}\/\d\d-\d\dh\/\d{13}-([\da-f-]{36})~([a-z_]+)~(\d{1,12})~([a-z]+)~([\da-f]{16})$/

/** Reads a name of `writeRunName()`; null for any other. */
export function readRunName(name: string): RunName | null {
  const [, runId = '', outcomeText, duration, starterText, key] = pattern.exec(name) ?? []
  const outcome = outcomes.find((each) => each === outcomeText)
  const startedBy = starters.find((each) => each === starterText)
  if (nameStart(runId) === null || !outcome || !startedBy || key === undefined) return null
  return { runId, outcome, durationMs: Number(duration), startedBy, notebookKey: key }
}

/** Stands for a notebook in names: a path may be longer than a file name. */
export function notebookKey(notebook: string | null): string {
  return createHash('sha256')
    .update(notebook ?? '')
    .digest('hex')
    .slice(0, 16)
}
