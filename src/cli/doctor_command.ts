import { type DoctorContext, createDoctorContext } from '../doctor/context.ts'
import { allChecks } from '../doctor/checks.ts'
import { runChecks } from '../doctor/run_checks.ts'
import { asRunError, errorCodes, RunError } from '../errors.ts'
import type { Finding } from '../events.ts'
import { redactedFinding, redactedMessage } from '../redaction/redacting_sink.ts'
import type { Redactor } from '../redaction/redactor.ts'
import { findingLine } from '../reporting/summary.ts'
import type { Env } from '../request/env.ts'
import type { ReadFile } from '../request/parameters.ts'
import type { RunOptions } from '../request/run_options.ts'
import { createDoctorRequest } from '../request/run_request.ts'
import { oneLine } from '../util/text.ts'
import type { KernelOnServer } from './interruption.ts'

export interface DoctorInput {
  readonly options: RunOptions | RunError
  readonly env: Env
  readonly readFile: ReadFile
  readonly redactor: Redactor
  readonly tell: (line: string) => void
  /** Takes what tells which kernel the doctor has at any time; null for none. */
  readonly watchKernel?: (kernel: () => KernelOnServer | null) => void
  readonly result: (findings: readonly Finding[]) => void
}

const somethingBad = 3
const maxMessage = 10_000
const connectMs = 10_000

/** Examines the server that the options name, and tells each finding as it comes; the exit status. */
export async function examineServer(input: DoctorInput, signal: AbortSignal): Promise<number> {
  const { options, env, readFile, redactor, tell, result, watchKernel } = input
  const findings: Finding[] = []
  try {
    if (options instanceof RunError) throw options
    const request = createDoctorRequest(options, { env, caller: 'command', readFile })
    const wakeMs = request.startTimeoutMs
    const context = createDoctorContext({ request, redactor, wakeMs, connectMs })
    watchKernel?.(() => kernelOf(context))
    const emit = (raw: Finding) => {
      const finding = redactedFinding(raw, redactor)
      findings.push(finding)
      tell(findingLine(finding))
    }
    await runChecks(context, allChecks, { emit, signal })
  } catch (error) {
    const { code, message } = asRunError(error)
    tell(redactedMessage({ code, message: oneLine(message, maxMessage) }, redactor))
    return errorCodes[code].exitStatus
  }
  result(findings)
  return findings.some(({ verdict }) => verdict === 'bad') ? somethingBad : 0
}

/** A kernel whose start is not answered yet may be there, too. */
function kernelOf({ server, findings: { kernel } }: DoctorContext): KernelOnServer | null {
  if (kernel === undefined || kernel.deleted === true) return null
  return {
    server: server.url.href,
    id: kernel.existsOnServer ? kernel.id : null,
    name: kernel.name,
  }
}
