import type { JupyterServer } from './server.ts'

/**
 * Asks the server every `intervalMs` whether it still knows the kernel, and calls `gone` when it
 * does not: a kernel that cannot start or that somebody deletes says nothing on its socket.
 * Disposing ends the asking.
 */
export function watchKernel(
  { server, id, intervalMs }: WatchedKernel,
  gone: () => void,
): Disposable {
  const over = new AbortController()
  const look = async () => {
    const limit = AbortSignal.any([over.signal, AbortSignal.timeout(intervalMs)])
    // No answer is no verdict: the socket tells of a lost connection.
    const isThere = await server.kernelName(id, limit).then(
      (name) => name !== null,
      () => true,
    )
    if (!isThere && !over.signal.aborted) gone()
  }
  const timer = setInterval(() => void look(), intervalMs) // never rejects
  const stop = () => {
    clearInterval(timer)
    over.abort()
  }
  return { [Symbol.dispose]: stop }
}

interface WatchedKernel {
  readonly server: JupyterServer
  readonly id: string
  readonly intervalMs: number
}
