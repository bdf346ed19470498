import { quickChecks } from './doctor/checks.ts'
import { examine } from './doctor/examine.ts'
import { RunError } from './errors.ts'
import type { Finding } from './finding.ts'
import { deadline } from './lifetime.ts'
import { patientOf } from './patient_of.ts'
import type { Redactor } from './report/redact.ts'
import type { RunRequest } from './request/run_request.ts'

const mostMs = 3_000
const connectMs = 1_500

/** What kept a run from beginning is looked for by its request. */
export interface Complaint {
  readonly request: RunRequest
  readonly redactor: Redactor
}

/** Why a run did not begin, as far as it shows in a few seconds and without a kernel. */
export async function diagnose(
  { request, redactor }: Complaint,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { notebook: notebookPath } = request
  const patient = patientOf({ request, redactor, notebookPath, wakeMs: 0, connectMs })
  using limit = deadline(mostMs, tooLong, signal)
  const findings: Finding[] = []
  try {
    for await (const finding of examine(patient, quickChecks, limit.signal)) findings.push(finding)
  } catch {
    if (!signal.aborted) findings.push(unanswered(findings.length))
  }
  return findings
}

function unanswered(made: number): Finding {
  const { name: check = '', advice = null } = quickChecks[made] ?? {}
  return { check, verdict: 'bad', what: `no answer within ${mostMs / 1000} s`, advice }
}

function tooLong(): RunError {
  return new RunError('SERVER_UNREACHABLE', `Cannot find the reason within ${mostMs / 1000} s`)
}
