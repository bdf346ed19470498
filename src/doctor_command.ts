import { checks } from './doctor/checks.ts'
import { examine } from './doctor/examine.ts'
import { asRunError, errorCodes } from './errors.ts'
import type { Finding } from './finding.ts'
import { patientOf } from './patient_of.ts'
import { findingLine } from './report/finding_text.ts'
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
  readonly result: (findings: readonly Finding[]) => void
}

const somethingBad = 3
const connectMs = 10_000

/** Examines the server that the words name, tells each finding as it comes; the exit status. */
export async function examineServer(order: DoctorOrder, signal: AbortSignal): Promise<number> {
  const { words, env, readFile, redactor, tell, result } = order
  const findings: Finding[] = []
  try {
    const checkup = readCheckup(words, env, readFile)
    const wakeMs = checkup.request.startTimeoutMs
    const patient = patientOf({ ...checkup, redactor, wakeMs, connectMs })
    for await (const raw of examine(patient, checks, signal)) {
      const finding = redactedFinding(raw, redactor)
      findings.push(finding)
      tell(findingLine(finding))
    }
  } catch (error) {
    const { code, message } = asRunError(error)
    tell(redactor.text(message))
    return errorCodes[code].exitStatus
  }
  result(findings)
  return findings.some(({ verdict }) => verdict === 'bad') ? somethingBad : 0
}
