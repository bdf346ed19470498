import type { Kernel } from '../jupyter/kernel.ts'
import type { Kernelspecs } from '../jupyter/kernelspecs.ts'
import type { Notebook } from '../jupyter/nbformat.ts'
import type { JupyterServer } from '../jupyter/server.ts'
import type { ProbeResponse } from '../jupyter/status.ts'
import type { Redactor } from '../redaction/redactor.ts'
import { openServer } from '../request/open_server.ts'
import type { DoctorRequest } from '../request/run_request.ts'
import type { NotebookSource } from '../sources/source.ts'

/** The server to be examined, and what a run would do there. */
export interface DoctorContext {
  readonly server: JupyterServer
  /** The same server to somebody who was never there, and so has none of its cookies. */
  readonly newSession: () => JupyterServer
  /** null when no notebook was named. */
  readonly notebook: NotebookSource | null
  /** As they are asked for; null leaves the choice to the notebook and the server. */
  readonly kernelName: string | null
  readonly kernelId: string | null
  /** The variable that names a proxy, which is not used; null when there is none. */
  readonly ignoredProxy: string | null
  /** How long a server may take to wake up; 0 asks it once. */
  readonly wakeMs: number
  /** How long a connection may take to open. */
  readonly connectMs: number
  /** How long a kernel may take to start. */
  readonly startMs: number
  readonly findings: DoctorFindings
}

/** What the checks found out, for those that come after them. */
export interface DoctorFindings {
  /** The answer to the first call. */
  front?: ProbeResponse
  version?: string
  kernelspecs?: Kernelspecs
  notebook?: Notebook
  /** The kernelspec that a run would start. */
  kernelspec?: string
  /** The doctor's own, running. */
  kernel?: Kernel
}

export interface DoctorContextOptions {
  readonly request: DoctorRequest
  /** Learns what becomes a secret on the way. */
  readonly redactor: Redactor
  /** How long the server may take to wake up; 0 asks it once. */
  readonly wakeMs: number
  readonly connectMs: number
}

/** The server that a request names, for the doctor. */
export function createDoctorContext(checkup: DoctorContextOptions): DoctorContext {
  const { request, redactor, wakeMs, connectMs } = checkup
  const { server, notebook, kernelName, kernelId, startTimeoutMs } = request
  return {
    server: openServer(server, redactor),
    newSession: () => openServer(server, redactor),
    notebook,
    kernelName,
    kernelId,
    ignoredProxy: server.ignoredProxy,
    wakeMs,
    connectMs,
    startMs: startTimeoutMs,
    findings: {},
  }
}
