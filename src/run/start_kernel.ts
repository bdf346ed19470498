import { RunError } from '../errors.ts'
import type { Emit, KernelRef } from '../events.ts'
import { gatewayStart } from '../jupyter/gateway_start.ts'
import { Kernel } from '../jupyter/kernel.ts'
import type { GatewayStart } from '../jupyter/kernels.ts'
import { chooseKernel, type Kernelspecs } from '../jupyter/kernelspecs.ts'
import type { Notebook } from '../jupyter/nbformat.ts'
import { RunIds } from '../jupyter/run_ids.ts'
import type { JupyterServer } from '../jupyter/server.ts'
import { unusable } from '../request/env.ts'
import { kernelPath, type RunRequest } from '../request/run_request.ts'
import { lazy } from '../util/abort.ts'

export interface ObtainedKernel {
  readonly kernel: Kernel
  /** As the kernelspec has it, else as the notebook has it. */
  readonly language: string | null
}

/** What the server is asked for a new kernel; each of them asks once, when it is first called. */
export interface KernelLookups {
  readonly kernelspecs: () => Promise<Kernelspecs>
  /** What a gateway needs to start a kernel; null on a Jupyter Server. Throws ARGUMENTS_INVALID. */
  readonly gateway: () => Promise<GatewayStart | null>
}

export function kernelLookups(
  { request, server }: Pick<KernelSources, 'request' | 'server'>,
  signal: AbortSignal,
): KernelLookups {
  return {
    kernelspecs: lazy(() => server.kernelspecs.list(signal)),
    gateway: lazy(() => findGateway(request, server, signal)),
  }
}

interface KernelSources {
  readonly request: RunRequest
  readonly server: JupyterServer
  readonly lookups: KernelLookups
  readonly emit: Emit
  /** Of the run; left out for a kernel that is started for a later run. */
  readonly ids?: RunIds
}

/** Finds the kernel that the request names by its id, or plans a new one: `start()` has the server start it. */
export async function obtainKernel(
  { request, server, lookups, emit, ids = new RunIds() }: KernelSources,
  notebook: Notebook,
  signal: AbortSignal,
): Promise<ObtainedKernel> {
  if (request.kernelId !== null) {
    const kernel = await Kernel.find(server.kernels, request.kernelId, signal, ids)
    const needsLanguage = request.parameters.size > 0 || request.secrets.length > 0
    const specs = needsLanguage ? await lookups.kernelspecs() : null
    return { kernel, language: specs?.languages.get(kernel.name) || notebook.language }
  }
  const specs = await lookups.kernelspecs()
  const { name, warning } = chooseKernel({ requested: request.kernelName, notebook }, specs)
  if (warning !== null) emit({ type: 'warning', message: warning })
  const gateway = await lookups.gateway()
  emit({ type: 'kernel_starting', name })
  const kernel = Kernel.create(server.kernels, { name, keep: request.keepKernel, gateway, ids })
  return { kernel, language: specs.languages.get(name) || notebook.language }
}

async function findGateway(
  { notebook, kernelEnv, cwd, startTimeoutMs }: RunRequest,
  server: JupyterServer,
  signal: AbortSignal,
): Promise<GatewayStart | null> {
  // A server that has the notebook has files, and is no gateway.
  if (notebook.isOnServer && kernelEnv.size === 0) return null
  if ((await server.status.kind(signal)) !== 'Jupyter Server') {
    return gatewayStart({ kernelEnv, cwd, startTimeoutMs })
  }
  if (kernelEnv.size === 0) return null
  const reason = 'a Jupyter Server takes none for its kernels'
  throw new RunError('ARGUMENTS_INVALID', `Cannot set variables with --kernel-env: ${reason}`, {
    advice: 'set parameters, or use --secret',
  })
}

/** Has the server start the kernel, if it is a new one, and connects to it. Returns when it answers. */
export async function startKernel(
  kernel: Kernel,
  { request, server, emit }: Pick<KernelSources, 'request' | 'server' | 'emit'>,
  signal: AbortSignal,
): Promise<void> {
  if (request.cwd !== null && !kernel.isOnGateway) await checkFolder(request.cwd, server, signal)
  await kernel.start(kernelPath(request), signal)
  const { id, name } = kernel
  const created = (ref: KernelRef) => emit({ type: 'kernel_created', kernel: ref })
  if (request.kernelId === null) created({ id, name })
  await kernel.connect(signal, created)
}

/** A server starts the kernel in a folder above one that it does not have. */
async function checkFolder(
  folder: string,
  { contents }: JupyterServer,
  signal: AbortSignal,
): Promise<void> {
  if (await contents.isFolder(`/${folder}`, signal)) return
  throw unusable({ value: `/${folder}`, source: '--cwd' }, 'the server has no such folder', {
    advice: 'the path starts at its root folder',
  })
}

/** What every run does with a kernel to which it is connected, a new one or a warm one. */
export function prepareConnection(
  kernel: Kernel,
  { request, server, emit }: Pick<KernelSources, 'request' | 'server' | 'emit'>,
): void {
  if (request.socketLifetimeMs !== null) kernel.limitSocketAge(request.socketLifetimeMs)
  if (server.rest.isOpen) emit({ type: 'warning', message: openServerWarning(server) })
}

function openServerWarning({ url }: JupyterServer): string {
  return (
    `The Jupyter Server at ${url.host} requires no token: anyone who can reach it can run code there; ` +
    'start it with a token, or make sure that no one else can reach it'
  )
}
