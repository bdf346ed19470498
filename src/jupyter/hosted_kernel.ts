import { randomUUID } from 'node:crypto'
import { asRunError, RunError } from '../errors.ts'
import { deadline, type Deadline, noop, abortable } from '../util/abort.ts'
import type { KernelMessage } from './messages.ts'
import { hadNoEffect } from './response_error.ts'
import type { KernelsApi } from './kernels.ts'

/** A kernel as its server has it, from its making to its deletion, whatever it may say meanwhile. */
export class HostedKernel {
  readonly name: string
  /** It was there before us, and is somebody else's. */
  readonly isFound: boolean
  /** null until it was tried, and for ever when there was nothing to delete. */
  deleted: boolean | null = null
  /** Why it could not be deleted. */
  trouble: RunError | null = null
  readonly #kernels: KernelsApi
  /** `asked`: the server may have made it, though it did not say so. */
  #making: 'not yet' | 'asked' | 'made'
  #id: string
  /** Goes on when the run is stopped: only its answer tells which kernel there is to delete. */
  #creation: Promise<void> = Promise.resolve()
  readonly #givingUp = new AbortController()

  private constructor(
    kernels: KernelsApi,
    {
      id,
      name,
      isFound,
    }: { readonly id: string; readonly name: string; readonly isFound: boolean },
  ) {
    this.#kernels = kernels
    this.#id = id
    this.name = name
    this.isFound = isFound
    this.#making = isFound ? 'made' : 'not yet'
  }

  /** A kernel that is not there yet: `make()` makes it. */
  static planned(kernels: KernelsApi, name: string): HostedKernel {
    return new HostedKernel(kernels, { id: randomUUID(), name, isFound: false })
  }

  /** A kernel that is there already. */
  static async find(kernels: KernelsApi, id: string, signal: AbortSignal): Promise<HostedKernel> {
    const name = await kernels.nameOf(id, signal)
    if (name !== null) return new HostedKernel(kernels, { id, name, isFound: true })
    throw new RunError(
      'KERNEL_NOT_FOUND',
      `Cannot run in the kernel "${id}": the server has no kernel of this id`,
    )
  }

  get id(): string {
    return this.#id
  }

  /** Whether the server has it or had it, as far as we know. */
  get existsOnServer(): boolean {
    return this.#making === 'made' || this.deleted !== null
  }

  /**
   * Has the server make the kernel, which will work in the folder of `path`. Its id is ours, so
   * that `delete()` finds it even when the answer is lost.
   */
  async make(path: string, signal: AbortSignal): Promise<void> {
    if (this.#making !== 'not yet') return
    signal.throwIfAborted()
    this.#making = 'asked'
    this.#creation = this.#create(path)
    await abortable(this.#creation, signal)
  }

  /** Deletes what was made, within `budgetMs` and for no longer than `patience` lasts. Never throws. */
  async delete(budgetMs: number, patience: AbortSignal): Promise<void> {
    using limit = this.#deletionLimit(budgetMs, patience)
    await this.#creationSettled(budgetMs / 2, patience)
    if (this.#making === 'not yet') return
    try {
      const wasThere = await abortable(this.#kernels.delete(this.id, limit.signal), limit.signal)
      this.deleted = wasThere || this.#making === 'made' ? true : null
    } catch (error) {
      this.deleted = false
      this.trouble = patience.aborted
        ? this.#notDeleted('before the run had to end')
        : asRunError(error)
    }
  }

  async #create(path: string): Promise<void> {
    const place = { id: this.#id, name: this.name, path }
    try {
      this.#id = await this.#kernels.start(place, this.#givingUp.signal)
      this.#making = 'made'
    } catch (error) {
      if (hadNoEffect(error)) this.#making = 'not yet'
      throw error
    }
  }

  /** A server that still starts the kernel does not find it when it is to delete it. */
  async #creationSettled(budgetMs: number, patience: AbortSignal): Promise<void> {
    using limit = this.#deletionLimit(budgetMs, patience)
    await abortable(this.#creation, limit.signal).catch(noop)
    this.#givingUp.abort(limit.signal.reason)
  }

  #deletionLimit(budgetMs: number, patience: AbortSignal): Deadline {
    return deadline(budgetMs, () => this.#notDeleted(`within ${budgetMs / 1000} s`), patience)
  }

  #notDeleted(when: string): RunError {
    return new RunError(
      'SERVER_UNREACHABLE',
      `Cannot delete the kernel ${this.id}: the server did not answer ${when}`,
    )
  }
}

/**
 * Asks the server every `intervalMs` whether it still knows the kernel, and calls `gone` when it
 * does not: a kernel that cannot start or that somebody deletes says nothing on its socket.
 * Disposing ends the asking.
 */
export function watchKernel(
  { kernels, id, intervalMs }: WatchedKernel,
  gone: () => void,
): Disposable {
  const over = new AbortController()
  const look = async () => {
    const limit = AbortSignal.any([over.signal, AbortSignal.timeout(intervalMs)])
    // No answer is no verdict: the socket tells of a lost connection.
    const isThere = await kernels.nameOf(id, limit).then(
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
  readonly kernels: KernelsApi
  readonly id: string
  readonly intervalMs: number
}

const prefix = 'nbtrigger-'

/** An id for the session of one run, by which other runs know it as one of theirs. */
export function newSessionId(): string {
  return `${prefix}${randomUUID()}`
}

/** Notices from a kernel's messages, which reach all its clients, that others use it as well. */
export class OtherClients {
  readonly #sessionId: string
  #seen: 'nobody' | 'client' | 'run' = 'nobody'

  constructor(sessionId: string) {
    this.#sessionId = sessionId
  }

  hear({ type, parentSession }: KernelMessage): void {
    if (parentSession === null || parentSession === this.#sessionId) return
    const isRun = parentSession.startsWith(prefix)
    // A front end that only looks on asks the kernel, too, and what it displays may be old.
    if (isRun && (type === 'status' || type === 'execute_input')) this.#seen = 'run'
    else if (type === 'execute_input' && this.#seen === 'nobody') this.#seen = 'client'
  }

  /** What a report has to say of the others; null when there were none. */
  warning(kernelId: string): string | null {
    if (this.#seen === 'nobody') return null
    const who = this.#seen === 'run' ? 'Another run used' : 'Somebody else ran code in'
    return (
      `${who} the kernel ${kernelId} during this run: variables and outputs may be mixed up; ` +
      'give each run a kernel of its own'
    )
  }
}
