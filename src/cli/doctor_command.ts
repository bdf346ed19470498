import { createDoctorContext, type DoctorContext } from '../doctor/check.ts'
import { runAllChecks } from '../doctor/run_checks.ts'
import { RunError } from '../errors.ts'
import type { Finding } from '../events.ts'
import { redactedFinding } from '../redaction/redacting_sink.ts'
import type { Redactor } from '../redaction/redactor.ts'
import { findingLine } from '../reporting/summary.ts'
import type { Env } from '../request/env.ts'
import type { ReadFile } from '../request/parameters.ts'
import type { RunOptions } from '../request/run_options.ts'
import { createDoctorRequest } from '../request/run_request.ts'
import type { KernelOnServer } from './interruption.ts'
import { reportError } from './report_error.ts'

export interface DoctorInput {
  readonly options: RunOptions | RunError
  readonly env: Env
  /** From where relative paths of files lead; null where that folder was deleted. */
  readonly folder: string | null
  readonly readFile: ReadFile
  readonly redactor: Redactor
  /** Takes a line for each finding as it comes, or the error. */
  readonly writeLine: (line: string) => void
  /** Takes a function that returns the kernel the doctor has at the moment; null for none. */
  readonly watchKernel?: (kernel: () => KernelOnServer | null) => void
  /** Takes all findings at the end. */
  readonly writeFindings: (findings: readonly Finding[]) => void
}

/** Some check has found something bad. */
const badStatus = 3
const connectMs = 10_000

/** Examines the server that the options name; returns the exit status. */
export async function examineServer(input: DoctorInput, signal: AbortSignal): Promise<number> {
  const { options, env, folder, readFile, redactor, writeLine, writeFindings, watchKernel } = input
  const findings: Finding[] = []
  try {
    if (options instanceof RunError) throw options
    const request = createDoctorRequest(options, { env, folder, caller: 'command', readFile })
    const wakeMs = request.startTimeoutMs
    const context = createDoctorContext({ request, redactor, wakeMs, connectMs })
    watchKernel?.(() => kernelOf(context))
    const emit = (raw: Finding) => {
      const finding = redactedFinding(raw, redactor)
      findings.push(finding)
      writeLine(findingLine(finding))
    }
    await runAllChecks(context, { emit, signal })
  } catch (error) {
    return reportError(error, redactor, writeLine)
  }
  writeFindings(findings)
  return findings.some(({ verdict }) => verdict === 'bad') ? badStatus : 0
}

/** The doctor's kernel, which may exist while its start is not answered yet. */
function kernelOf({ server, findings: { kernel } }: DoctorContext): KernelOnServer | null {
  if (kernel === undefined || kernel.deleted === true) return null
  return {
    server: server.url.href,
    id: kernel.existsOnServer ? kernel.id : null,
    name: kernel.name,
  }
}
