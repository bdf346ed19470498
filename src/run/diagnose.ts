import { type Check, createDoctorContext, type DoctorContext } from '../doctor/check.ts'
import { quickChecks, runChecks } from '../doctor/run_checks.ts'
import { errorCodes, RunError } from '../errors.ts'
import type { Emit, Finding } from '../events.ts'
import type { Redactor } from '../redaction/redactor.ts'
import type { RunRequest } from '../request/run_request.ts'
import { deadline } from '../util/abort.ts'
import type { ReportBuilder } from './report.ts'

const maxDiagnosisMs = 3_000
const maxConnectMs = 1_500

interface FailedStart {
  readonly request: RunRequest
  readonly redactor: Redactor
  readonly report: ReportBuilder
  readonly emit: Emit
}

/**
 * Emits what the doctor finds when a run failed before its first cell, with an error that the doctor
 * looks after. Takes a few seconds at most, starts no kernel, and throws nothing.
 */
export async function explainFailedStart(
  { request, redactor, report, emit }: FailedStart,
  signal: AbortSignal,
): Promise<void> {
  const code = report.errorBeforeCells
  if (code === null || !errorCodes[code].diagnosed || signal.aborted) return
  if (errorCodes[code].aboutNotebook && !request.notebook.isOnServer) return // not the server's fault
  const context = createDoctorContext({ request, redactor, wakeMs: 0, connectMs: maxConnectMs })
  const findings = await diagnose(context, signal)
  if (findings.length > 0 && !signal.aborted) emit({ type: 'diagnosed', findings })
}

async function diagnose(context: DoctorContext, signal: AbortSignal): Promise<readonly Finding[]> {
  using limit = deadline(maxDiagnosisMs, diagnosisTimedOut, signal)
  const findings: Finding[] = []
  const checks = quickChecks(context)
  try {
    const emit = (finding: Finding) => void findings.push(finding)
    await runChecks(context, checks, { emit, signal: limit.signal })
  } catch {
    if (!signal.aborted) findings.push(unanswered(checks[findings.length]))
  }
  return findings
}

/** What is found of the check that was under way when the time was over. */
function unanswered(check: Check | undefined): Finding {
  const what = `no answer within ${maxDiagnosisMs / 1000} s`
  return { check: check?.name ?? '', verdict: 'bad', what, advice: check?.advice ?? null }
}

function diagnosisTimedOut(): RunError {
  return new RunError(
    'SERVER_UNREACHABLE',
    `Cannot find the reason within ${maxDiagnosisMs / 1000} s`,
  )
}
