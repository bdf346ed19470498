import { quickChecks } from '../doctor/checks.ts'
import { createDoctorContext } from '../doctor/context.ts'
import { runChecks } from '../doctor/run_checks.ts'
import { errorCodes, RunError } from '../errors.ts'
import type { Emit, Finding } from '../events.ts'
import type { Redactor } from '../redaction/redactor.ts'
import type { RunRequest } from '../request/run_request.ts'
import { deadline } from '../util/abort.ts'
import type { ReportBuilder } from './report.ts'

const maxMs = 3_000
const connectMs = 1_500

/** What kept a run from beginning is looked for by its request. */
interface DiagnoseInput {
  readonly request: RunRequest
  readonly redactor: Redactor
}

/** Why a run did not begin, as far as it shows in a few seconds and without a kernel. */
async function diagnose(
  { request, redactor }: DiagnoseInput,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const context = createDoctorContext({ request, redactor, wakeMs: 0, connectMs })
  using limit = deadline(maxMs, tooLong, signal)
  const findings: Finding[] = []
  try {
    const emit = (finding: Finding) => void findings.push(finding)
    await runChecks(context, quickChecks, { emit, signal: limit.signal })
  } catch {
    if (!signal.aborted) findings.push(unanswered(findings.length))
  }
  return findings
}

function unanswered(made: number): Finding {
  const { name: check = '', advice = null } = quickChecks[made] ?? {}
  return { check, verdict: 'bad', what: `no answer within ${maxMs / 1000} s`, advice }
}

function tooLong(): RunError {
  return new RunError('SERVER_UNREACHABLE', `Cannot find the reason within ${maxMs / 1000} s`)
}

interface FailedStart extends DiagnoseInput {
  readonly report: ReportBuilder
  readonly emit: Emit
}

/** Emits what the doctor found when a run failed before its first cell, and no cell is to blame. */
export async function explainFailedStart(
  { report, emit, ...input }: FailedStart,
  signal: AbortSignal,
): Promise<void> {
  const code = report.errorBeforeCells
  if (code === null || !errorCodes[code].diagnosed || signal.aborted) return
  const findings = await diagnose(input, signal)
  if (findings.length > 0 && !signal.aborted) emit({ type: 'diagnosed', findings })
}
