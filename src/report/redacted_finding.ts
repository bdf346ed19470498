import type { Finding } from '../finding.ts'
import type { Redactor } from './redact.ts'

/** The finding without secrets; were one of them "token", our own names must not go with it. */
export function redactedFinding(finding: Finding, redactor: Redactor): Finding {
  const { check, verdict } = finding
  return { ...redactor.value(finding), check, verdict }
}
