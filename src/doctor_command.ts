import { checks } from './doctor/checks.ts'
import { examine } from './doctor/examine.ts'
import type { Patient } from './doctor/patient.ts'
import { asRunError, errorCodes } from './errors.ts'
import type { Finding } from './finding.ts'
import type { KernelOnServer } from './interruption.ts'
import { patientOf } from './patient_of.ts'
import { findingLine } from './report/finding_text.ts'
import { oneLine } from './report/one_line.ts'
import type { Redactor } from './report/redact.ts'
import { redactedFinding } from './report/redacted_finding.ts'
import type { Env } from './request/environment.ts'
import type { ReadFile } from './request/parameters.ts'
import { readCheckup } from './request/read_checkup.ts'

export interface DoctorOrder {
  /** Those behind `doctor`. */
  readonly words: readonly string[]
  readonly env: Env
  readonly readFile: ReadFile
  readonly redactor: Redactor
  readonly tell: (line: string) => void
  /** Takes what tells which kernel the doctor has at any time; null for none. */
  readonly watchKernel?: (kernel: () => KernelOnServer | null) => void
  readonly result: (findings: readonly Finding[]) => void
}

const somethingBad = 3
const longestMessage = 10_000
const connectMs = 10_000

/** Examines the server that the words name, tells each finding as it comes; the exit status. */
export async function examineServer(order: DoctorOrder, signal: AbortSignal): Promise<number> {
  const { words, env, readFile, redactor, tell, result, watchKernel } = order
  const findings: Finding[] = []
  try {
    const checkup = readCheckup(words, env, readFile)
    const wakeMs = checkup.request.startTimeoutMs
    const patient = patientOf({ ...checkup, redactor, wakeMs, connectMs })
    watchKernel?.(() => kernelOf(patient))
    for await (const raw of examine(patient, checks, signal)) {
      const finding = redactedFinding(raw, redactor)
      findings.push(finding)
      tell(findingLine(finding))
    }
  } catch (error) {
    const { code, message } = asRunError(error)
    tell(redactor.text(oneLine(message, longestMessage)))
    return errorCodes[code].exitStatus
  }
  result(findings)
  return findings.some(({ verdict }) => verdict === 'bad') ? somethingBad : 0
}

/** A kernel whose start is not answered yet may be there, too. */
function kernelOf({ server, chart: { kernel } }: Patient): KernelOnServer | null {
  if (kernel === undefined || kernel.deleted === true) return null
  return { server: server.url.href, id: kernel.isReal ? kernel.id : null, name: kernel.name }
}
