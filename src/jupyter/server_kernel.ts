import { asRunError, RunError } from '../errors.ts'
import { deadline, type Deadline, noop, abortable } from '../util/abort.ts'
import { hadNoEffect } from './response_error.ts'
import type { GatewayStart, KernelsApi } from './kernels.ts'

interface KernelToStart {
  /** Chosen here; servers before 2.21 choose another one. */
  readonly id: string
  /** The kernelspec's name. */
  readonly name: string
  /** How a gateway is to start it; null on a Jupyter Server. */
  readonly gateway: GatewayStart | null
}

/** A kernel as a resource of its server, from its start to its deletion. */
export class ServerKernel {
  readonly name: string
  /** It ran before this run and belongs to somebody else. */
  readonly isFound: boolean
  /** null until its deletion was tried, and afterwards when there was nothing to delete. */
  deleted: boolean | null = null
  /** Why it could not be deleted. */
  deletionError: RunError | null = null
  readonly #kernels: KernelsApi
  readonly #gateway: GatewayStart | null
  /** `requested`: the server may have started it, but has not said so. */
  #state: 'new' | 'requested' | 'started'
  #id: string
  /** Is not aborted with the run: only the response says which kernel there is to delete. */
  #starting: Promise<void> = Promise.resolve()
  readonly #startAbort = new AbortController()
  #deletion: Promise<void> | null = null

  private constructor(
    kernels: KernelsApi,
    { id, name, gateway, isFound }: KernelToStart & Pick<ServerKernel, 'isFound'>,
  ) {
    this.#kernels = kernels
    this.#id = id
    this.name = name
    this.#gateway = gateway
    this.isFound = isFound
    this.#state = isFound ? 'started' : 'new'
  }

  /** A kernel that does not run yet: `start()` starts it. */
  static create(kernels: KernelsApi, kernel: KernelToStart): ServerKernel {
    return new ServerKernel(kernels, { ...kernel, isFound: false })
  }

  /** A kernel that an earlier process started for the same run. */
  static ofEarlierProcess(
    kernels: KernelsApi,
    { id, name }: Pick<ServerKernel, 'id' | 'name'>,
  ): ServerKernel {
    const kernel = new ServerKernel(kernels, { id, name, gateway: null, isFound: false })
    kernel.#state = 'started'
    return kernel
  }

  /** A kernel that runs already; throws KERNEL_NOT_FOUND. */
  static async find(kernels: KernelsApi, id: string, signal: AbortSignal): Promise<ServerKernel> {
    const name = await kernels.nameOf(id, signal)
    if (name !== null) return new ServerKernel(kernels, { id, name, gateway: null, isFound: true })
    throw new RunError(
      'KERNEL_NOT_FOUND',
      `Cannot run in the kernel "${id}": the server has no kernel of this id`,
      { advice: 'see "/api/kernels" for those that run' },
    )
  }

  get id(): string {
    return this.#id
  }

  /** Whether the server has or had it, as far as is known. */
  get existsOnServer(): boolean {
    return this.#state === 'started' || this.deleted !== null
  }

  /**
   * Has the server start the kernel, with the folder of `path` as its working directory. The id is
   * chosen here, so that `delete()` finds the kernel even when the response is lost.
   */
  async start(path: string, signal: AbortSignal): Promise<void> {
    if (this.#state !== 'new') return
    signal.throwIfAborted()
    this.#state = 'requested'
    this.#starting = this.#startOnServer(path)
    await abortable(this.#starting, signal)
  }

  /** Deletes the kernel within `budgetMs`, or until `giveUp` aborts; only once. Never throws. */
  delete(budgetMs: number, giveUp: AbortSignal): Promise<void> {
    this.#deletion ??= this.#deleteWithin(budgetMs, giveUp)
    return this.#deletion
  }

  async #deleteWithin(budgetMs: number, giveUp: AbortSignal): Promise<void> {
    using limit = this.#deletionLimit(budgetMs, giveUp)
    await this.#startSettled(budgetMs / 2, giveUp)
    if (this.#state === 'new') return
    try {
      const wasThere = await abortable(this.#kernels.delete(this.id, limit.signal), limit.signal)
      this.deleted = wasThere || this.#state === 'started' ? true : null
    } catch (error) {
      this.deleted = false
      this.deletionError = giveUp.aborted
        ? this.#notDeleted('before the run had to end')
        : asRunError(error)
    }
  }

  async #startOnServer(path: string): Promise<void> {
    const kernel = { id: this.#id, name: this.name, path, gateway: this.#gateway }
    try {
      this.#id = await this.#kernels.start(kernel, this.#startAbort.signal)
      this.#state = 'started'
    } catch (error) {
      if (hadNoEffect(error)) this.#state = 'new'
      throw error
    }
  }

  /** Waits for the start: a server that is still starting the kernel cannot delete it. */
  async #startSettled(budgetMs: number, giveUp: AbortSignal): Promise<void> {
    using limit = this.#deletionLimit(budgetMs, giveUp)
    await abortable(this.#starting, limit.signal).catch(noop)
    this.#startAbort.abort(limit.signal.reason)
  }

  #deletionLimit(budgetMs: number, giveUp: AbortSignal): Deadline {
    return deadline(budgetMs, () => this.#notDeleted(`within ${budgetMs / 1000} s`), giveUp)
  }

  #notDeleted(when: string): RunError {
    return new RunError(
      'SERVER_UNREACHABLE',
      `Cannot delete the kernel ${this.id}: the server did not answer ${when}`,
    )
  }
}

/**
 * Polls the server every `intervalMs`, and calls `onGone` when it does not know the kernel any more:
 * a kernel that cannot start or that somebody deletes sends no message. Disposing ends the polling.
 */
export function watchKernel(
  { kernels, id, intervalMs }: WatchedKernel,
  { onGone, onThere = noop }: KernelWatcher,
): Disposable {
  const stopped = new AbortController()
  let hasFailed = false
  const poll = async () => {
    const limit = AbortSignal.any([stopped.signal, AbortSignal.timeout(intervalMs)])
    const isThere = await kernels.isThere(id, limit).catch(() => null)
    if (stopped.signal.aborted) return
    if (isThere === false) onGone()
    if (isThere === true) onThere(hasFailed)
    // Without a response nothing is known: the socket notices a lost connection.
    hasFailed = isThere === null
  }
  const timer = setInterval(() => void poll(), intervalMs) // never rejects
  const stop = () => {
    clearInterval(timer)
    stopped.abort()
  }
  return { [Symbol.dispose]: stop }
}

export interface KernelWatcher {
  readonly onGone: () => void
  /** Called at each poll that finds the kernel; `wasUnknown`: the poll before got no answer. */
  readonly onThere?: (wasUnknown: boolean) => void
}

interface WatchedKernel {
  readonly kernels: KernelsApi
  readonly id: string
  readonly intervalMs: number
}
