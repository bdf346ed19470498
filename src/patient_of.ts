import type { Patient } from './doctor/patient.ts'
import { openServer } from './open_server.ts'
import type { Redactor } from './report/redact.ts'
import type { RunRequest } from './request/run_request.ts'

export interface Checkup {
  readonly request: RunRequest
  /** Learns what becomes a secret on the way. */
  readonly redactor: Redactor
  /** null when none was named; the request's own stands for nothing then. */
  readonly notebookPath: string | null
  /** How long the server may take to wake up; 0 asks it once. */
  readonly wakeMs: number
  readonly connectMs: number
}

/** The server that a request names, for the doctor. */
export function patientOf(checkup: Checkup): Patient {
  const { request, redactor, notebookPath, wakeMs, connectMs } = checkup
  const { kernelName, kernelId, ignoredProxy, startTimeoutMs } = request
  return {
    server: openServer(request, redactor),
    asStranger: () => openServer(request, redactor),
    notebookPath,
    kernelName,
    kernelId,
    ignoredProxy,
    wakeMs,
    connectMs,
    startMs: startTimeoutMs,
    chart: {},
  }
}
