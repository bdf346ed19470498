import { errorCodes, type Outcome } from '../errors.ts'
import type { Finding, RunReport } from '../events.ts'
import { cellWithCode } from '../util/cell_name.ts'
import { durationText } from '../util/duration.ts'
import { oneLine, plainText } from '../util/text.ts'
import { bundleText } from './output_text.ts'

type Sentence = (report: RunReport, time: string) => string

/** The run in one line for people: "/workspaces/x.ipynb succeeded in 0.9 s: 15". */
export function summaryOf(report: RunReport): string {
  const notebook = `${oneLine(report.notebook ?? 'The notebook', 300)}${parametersText(report)}`
  const sentence = sentences[report.outcome](report, durationText(report.durationMs))
  return `${notebook} ${sentence}${kernelLeftBehind(report)}`
}

const maxParameters = 3

/** By which two runs of one notebook are told apart: " (day=2026-03-01, region=EU, …)". */
function parametersText({ parameters = {} }: RunReport): string {
  const all = Object.entries(parameters)
  if (all.length === 0) return ''
  const shown = all.slice(0, maxParameters).map(([name, text]) => oneLine(`${name}=${text}`, 40))
  return ` (${[...shown, ...(all.length > maxParameters ? ['…'] : [])].join(', ')})`
}

const sentences: Readonly<Record<Outcome, Sentence>> = {
  succeeded: (report, time) => `succeeded in ${time}${after(resultText(report))}`,
  failed: (report, time) => `failed in ${time}${after(failureText(report))}`,
  timed_out: (report, time) => `timed out after ${time}${after(reasonText(report))}`,
  cancelled: (report, time) => `was cancelled after ${time}${after(reasonText(report))}`,
  error: (report, time) => `${brokenOff(report, time)}${after(reasonText(report))}`,
}

function brokenOff(report: RunReport, time: string): string {
  if (report.error && errorCodes[report.error.code].afterNotebook) return `ended after ${time}`
  return report.cells.executed === 0 ? 'could not run' : `broke off after ${time}`
}

function resultText({ result }: RunReport): string {
  return result === null ? '' : oneLine(bundleText(result.data), 200)
}

function failureText(report: RunReport): string {
  const { cell, ename, evalue = '' } = report.error ?? {}
  if (cell === undefined || ename === undefined) return reasonText(report)
  return `${cellWithCode(cell)} raised ${oneLine(`${ename}${after(evalue)}`, 500)}`
}

function reasonText({ error }: RunReport): string {
  return error === undefined ? '' : oneLine(error.message, 1000)
}

function kernelLeftBehind({ kernel, kernelDeleted, warm }: RunReport): string {
  const isDeleted = kernelDeleted === true || warm !== undefined // a warm one after the report
  if (kernel === null || isDeleted) return ''
  const name = `its kernel ${oneLine(kernel.id, 100)}`
  return kernelDeleted === false ? `; ${name} was not deleted` : `; ${name} is left running`
}

function after(text: string): string {
  return text === '' ? '' : `: ${text}`
}

const maxFindingLength = 1_000

/** A finding as a line for people: "token       good     JUPYTER_TOKEN is accepted". */
export function findingLine({ check, verdict, ...finding }: Finding): string {
  return `${check.padEnd(12)}${verdict.padEnd(9)}${inWords(finding)}`
}

/**
 * All of them in one sentence: where it breaks, and what is good before that. A reason that is `said`
 * elsewhere in the same words, such as in the error of the run, is not said again.
 */
export function diagnosisText(findings: readonly Finding[], said = ''): string {
  const broken = findings.find(({ verdict }) => verdict === 'bad')
  const whole = findings.filter(({ verdict }) => verdict === 'good').map(({ check }) => check)
  const good = whole.length === 0 ? '' : `${whole.join(', ')}: good`
  const warnings = findings.filter(({ verdict }) => verdict === 'warning').map(named)
  const end = broken === undefined ? 'nothing is bad any more' : brokenText(broken, said)
  return `Diagnosis: ${[good, ...warnings, end].filter((part) => part !== '').join('. ')}`
}

function brokenText(finding: Finding, said: string): string {
  // The doctor may have found it by another call: "Cannot list the kernels: the token is refused".
  const reason = finding.what.replace(/^Cannot [^:]*: /, '')
  return said.includes(reason) ? `${finding.check}: bad` : named(finding)
}

function named({ check, ...finding }: Finding): string {
  return `${check}: ${inWords(finding)}`
}

function inWords({ what, advice }: Pick<Finding, 'what' | 'advice'>): string {
  return oneLine(plainText(advice === null ? what : `${what}; ${advice}`), maxFindingLength)
}
