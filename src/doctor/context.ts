import type { Kernel } from '../jupyter/kernel.ts'
import type { Kernelspecs } from '../jupyter/kernelspecs.ts'
import type { Notebook } from '../jupyter/nbformat.ts'
import type { JupyterServer } from '../jupyter/server.ts'
import type { ProbeResponse } from '../jupyter/status.ts'
import type { Redactor } from '../redaction/redactor.ts'
import { openServer } from '../request/open_server.ts'
import type { DoctorRequest } from '../request/run_request.ts'
import type { NotebookSource } from '../sources/source.ts'

/** What the checks look at: the server, and what a run would do there. */
export interface DoctorContext {
  readonly server: JupyterServer
  /** The same server in a new session, without the cookies of this one. */
  readonly newSession: () => JupyterServer
  /** null when no notebook was named. */
  readonly notebook: NotebookSource | null
  /** As they are requested; null leaves the choice to the notebook and the server. */
  readonly kernelName: string | null
  readonly kernelId: string | null
  /** The variable that names a proxy, which is not used; null when there is none. */
  readonly ignoredProxy: string | null
  /** How long the server may take to respond; 0 for a single request. */
  readonly wakeMs: number
  /** How long a connection may take to open. */
  readonly connectMs: number
  /** How long a kernel may take to start. */
  readonly startMs: number
  readonly findings: DoctorFindings
}

/** What checks found out and later checks need. */
export interface DoctorFindings {
  /** The response to the first request. */
  probe?: ProbeResponse
  version?: string
  kernelspecs?: Kernelspecs
  notebook?: Notebook
  /** The kernelspec that a run would start. */
  kernelspec?: string
  /** The running kernel that the doctor started. */
  kernel?: Kernel
}

export interface DoctorContextOptions {
  readonly request: DoctorRequest
  /** Gets the ID tokens added to its secrets. */
  readonly redactor: Redactor
  /** How long the server may take to respond; 0 for a single request. */
  readonly wakeMs: number
  readonly connectMs: number
}

/** The server that a request names, for the doctor. */
export function createDoctorContext(options: DoctorContextOptions): DoctorContext {
  const { request, redactor, wakeMs, connectMs } = options
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
