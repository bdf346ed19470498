import { type ErrorCodeEntry, errorCodes } from '../errors.ts'
import type { CellRef, RunReport } from '../events.ts'
import { cellTitle } from '../util/cell_name.ts'
import { durationText } from '../util/duration.ts'
import type { Problem } from './problem.ts'
import { shownText } from './terminal_text.ts'

/** How a run ended, as text to show. */
export interface OutcomeText {
  readonly tone: 'good' | 'bad' | 'neutral'
  readonly title: string
  /** What happened and what to do. */
  readonly sentences: readonly string[]
}

export function outcomeTextOf(report: RunReport): OutcomeText {
  const tone = tones[report.outcome] ?? 'bad'
  const title = titles[report.outcome](report, durationText(report.durationMs))
  const sentences = [...reasonsOf(report), ...remainsOf(report)]
  return { tone, title, sentences }
}

/** The outcome of a run that the user stopped. */
export function stoppedOutcome(elapsedMs: number): OutcomeText {
  return {
    tone: 'neutral',
    title: `Stopped after ${durationText(elapsedMs)}`,
    sentences: ['The function interrupts the cell and deletes the kernel.'],
  }
}

/** The outcome of a run that the service refused. */
export function refusedOutcome(error: Problem): OutcomeText {
  const { code, status, message } = error
  const sentences = [sentence(message), ...adviceFor(code)]
  if (status === 401) sentences.push('Run it again to be asked for the key.')
  return { tone: 'bad', title: 'Could not run', sentences }
}

/** The outcome of a run without a report. */
export const disconnectedOutcome: OutcomeText = {
  tone: 'bad',
  title: 'Could not run to its end',
  sentences: [
    'The connection to the function broke.',
    'It stops a run that nobody listens to and deletes the kernel: run the notebook again.',
  ],
}

const tones: Partial<Record<RunReport['outcome'], OutcomeText['tone']>> = {
  succeeded: 'good',
  cancelled: 'neutral',
}

type Title = (report: RunReport, time: string) => string

const titles: Readonly<Record<RunReport['outcome'], Title>> = {
  succeeded: (_, time) => `Succeeded in ${time}`,
  failed: ({ error }, time) => `${failedPart(error?.cell)} failed after ${time}`,
  timed_out: (_, time) => `Out of time after ${time}`,
  cancelled: (_, time) => `Stopped after ${time}`,
  error: (report, time) => brokenTitle(report, time),
}

function failedPart(cell: CellRef | undefined): string {
  return cell === undefined ? 'The notebook' : cellTitle(cell.index)
}

function brokenTitle({ error, cells }: RunReport, time: string): string {
  if (error && errorCodes[error.code].afterNotebook) return `Ran in ${time}, but was not saved`
  return cells.executed === 0 ? 'Could not run' : `Broke off after ${time}`
}

function reasonsOf({ error, cells, result }: RunReport): readonly string[] {
  if (error === undefined) {
    const allowed =
      cells.failed === 0 ? [] : [`${counted(cells.failed, 'cell')} failed, as allowed.`]
    return result === null ? [...allowed, 'The last cell has no result.'] : allowed
  }
  const { ename, evalue = '', code, message, retryable } = error
  const raised = ename === undefined ? message : `${ename}${evalue === '' ? '' : `: ${evalue}`}`
  const again = retryable ? ['This may pass: try again in a minute.'] : []
  return [sentence(shownText(raised)), ...again, ...adviceFor(code)]
}

/** Sentences about a kernel left behind, missing output and saved notebooks. */
function remainsOf(report: RunReport): readonly string[] {
  const { kernel, kernelDeleted, outputComplete, outputs } = report
  const left = kernelDeleted === false ? [`Kernel ${kernel?.id} could not be deleted.`] : []
  const missing = outputComplete ? [] : ['Some output is missing, or may be: see the warnings.']
  return [...left, ...missing, ...outputs.map((address) => `Saved to ${address}`)]
}

const entries: ReadonlyMap<string, ErrorCodeEntry> = new Map(Object.entries(errorCodes))

function adviceFor(code: string | null): readonly string[] {
  const { pageAdvice } = entries.get(code ?? '') ?? {}
  return pageAdvice === undefined ? [] : [pageAdvice]
}

/** "1 cell", "2 cells". */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function sentence(text: string): string {
  return /[.!?:]$/.test(text) ? text : `${text}.`
}
