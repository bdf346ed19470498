import type { Finding } from '../events.ts'
import { gatewayStart } from '../jupyter/gateway_start.ts'
import type { Kernel } from '../jupyter/kernel.ts'
import type { GatewayStart } from '../jupyter/kernels.ts'
import type { Kernelspecs } from '../jupyter/kernelspecs.ts'
import type { Notebook } from '../jupyter/nbformat.ts'
import type { JupyterServer, ProbeResponse } from '../jupyter/server.ts'
import type { ServerKind } from '../jupyter/server_kind.ts'
import type { Redactor } from '../redaction/redactor.ts'
import type { HubRequest } from '../request/hub.ts'
import { type DoctorRequest, kernelPath } from '../request/run_request.ts'
import { openServer } from '../request/server_config.ts'
import type { NotebookSource } from '../sources/source.ts'

/** One thing that a run needs, as the doctor looks at it. */
export interface Check {
  readonly name: string
  /** The names of the checks without which this one would say nothing. */
  readonly needs: readonly string[]
  /** Throws a RunError when what it looks at fails. */
  readonly run: (context: DoctorContext, signal: AbortSignal) => Promise<CheckResult>
  /** What to do when the thrown error has no advice. */
  readonly advice: string
}

export interface CheckOptions {
  /** Takes each finding as it is made. */
  readonly emit: (finding: Finding) => void
  readonly signal: AbortSignal
}

export type CheckResult = Omit<Finding, 'check'>

export function pass(what: string): CheckResult {
  return { verdict: 'good', what, advice: null }
}

export function warning(what: string, advice: string): CheckResult {
  return { verdict: 'warning', what, advice }
}

export function fail(what: string, advice: string): CheckResult {
  return { verdict: 'bad', what, advice }
}

export function skipped(what: string, advice: string | null = null): CheckResult {
  return { verdict: 'skipped', what, advice }
}

/** JupyterHub, which has to start the server that is to be checked. */
export interface HubContext {
  readonly request: HubRequest
  /** The context of a server that it has started. */
  readonly contextOf: (url: URL) => DoctorContext
}

/** What the checks look at: the server, and what a run would do there. */
export interface DoctorContext {
  /** null where `server` is the server itself; else it is the Hub. */
  readonly hub: HubContext | null
  readonly server: JupyterServer
  /** The same server in a new session, without the cookies of this one. */
  readonly newSession: () => JupyterServer
  /** null when no notebook was named. */
  readonly notebook: NotebookSource | null
  /** The path of the contents API that a kernel is started with. */
  readonly kernelPath: string
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
  /** How a gateway is to start a kernel. */
  readonly gateway: GatewayStart
  readonly findings: DoctorFindings
}

/** What checks found out and later checks need. */
export interface DoctorFindings {
  /** The response to the first request. */
  probe?: ProbeResponse
  version?: string
  kind?: ServerKind
  kernelspecs?: Kernelspecs
  notebook?: Notebook
  /** The kernelspec that a run would start. */
  kernelspec?: string
  /** Whose server a run would start on JupyterHub. */
  hubUser?: string
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
  const { request } = options
  const { hub } = request
  const contextOf = (url: URL) => contextAt(url, null, options)
  return contextAt(request.server.url, hub && { request: hub, contextOf }, options)
}

function contextAt(
  url: URL,
  hub: HubContext | null,
  { request, redactor, wakeMs, connectMs }: DoctorContextOptions,
): DoctorContext {
  const { notebook, kernelName, kernelId, startTimeoutMs } = request
  const server = { ...request.server, url }
  return {
    hub,
    server: openServer(server, redactor),
    newSession: () => openServer(server, redactor),
    notebook,
    kernelPath: kernelPath(request),
    kernelName,
    kernelId,
    ignoredProxy: server.ignoredProxy,
    wakeMs,
    connectMs,
    startMs: startTimeoutMs,
    gateway: gatewayStart(request),
    findings: {},
  }
}
