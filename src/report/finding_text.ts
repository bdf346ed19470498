import type { Finding } from '../finding.ts'
import { plainText } from '../plain_text.ts'
import { oneLine } from './one_line.ts'

const longest = 1_000

/** A finding as a line for people: "token       good     JUPYTER_TOKEN is accepted". */
export function findingLine({ check, verdict, ...finding }: Finding): string {
  return `${check.padEnd(12)}${verdict.padEnd(9)}${inWords(finding)}`
}

/** All of them in one sentence: where it breaks, and what is good before that. */
export function diagnosisText(findings: readonly Finding[]): string {
  const broken = findings.find(({ verdict }) => verdict === 'bad')
  const whole = findings.filter(({ verdict }) => verdict === 'good').map(({ check }) => check)
  const good = whole.length === 0 ? '' : `${whole.join(', ')}: good`
  const warnings = findings.filter(({ verdict }) => verdict === 'warning').map(named)
  const end = broken === undefined ? 'nothing is bad any more' : named(broken)
  return `Diagnosis: ${[good, ...warnings, end].filter((part) => part !== '').join('. ')}`
}

function named({ check, ...finding }: Finding): string {
  return `${check}: ${inWords(finding)}`
}

function inWords({ what, advice }: Pick<Finding, 'what' | 'advice'>): string {
  return oneLine(plainText(advice === null ? what : `${what}; ${advice}`), longest)
}
