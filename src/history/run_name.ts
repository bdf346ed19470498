import { createHash } from 'node:crypto'
import { type Outcome, outcomes } from '../errors.ts'
import { dayMs } from '../util/duration.ts'
import { timeOfRunId } from '../util/run_id.ts'
import { type StartedBy, starters } from './record.ts'

/**
 * What the name of a recorded run says, so that a list is filtered without reading a file:
 * "79216-2026-11-26/202-07h05/8236...-019ac3...~succeeded~5120~command~5b41...".
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

/** The time whose runs share a folder. */
const slotMs = 5 * 60_000
const maxSlot = dayMs / slotMs - 1

/**
 * Beginning of the names of runs at this time, in UTC: names of later runs sort before it. Five minutes
 * have a folder of their own, since a Jupyter Server takes a millisecond for each name that it lists.
 */
export function namesAt(time: number): string {
  const slot = Math.floor((time % dayMs) / slotMs)
  const iso = new Date(time - (time % slotMs)).toISOString()
  const day = `${numbered(maxDay - Math.floor(time / dayMs), 5)}-${iso.slice(0, 10)}`
  const minutes = `${numbered(maxSlot - slot, 3)}-${iso.slice(11, 13)}h${iso.slice(14, 16)}`
  return `${day}/${minutes}/${numbered(maxTime - time, 13)}`
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
  /^\d{5}-[\d-]{10}\/\d{3}-\d\dh\d\d\/\d{13}-([\da-f-]{36})~([a-z_]+)~(\d{1,12})~([a-z]+)~([\da-f]{16})$/

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
