import { asRunError, messageOf } from '../errors.ts'
import type { Redactor } from '../redaction/redactor.ts'
import type { Notice } from '../reporting/notice.ts'
import type { RunRequest } from '../request/run_request.ts'
import type { WarmStart, WarmReservation } from '../run/warm.ts'
import { NotWarmable, setupOf } from './setup.ts'
import { BackOff } from './back_off.ts'
import { type Recipe, type WarmKernel, warmUp } from './warm_kernel.ts'

/** One notebook in what `GET /warm` answers. */
export interface NotebookStatus {
  readonly notebook: string
  /** How many kernels it is to have. */
  readonly size: number
  readonly ready: number
  readonly isFilling: boolean
  /** Requests that got a warm kernel, and requests that got none, since the process started. */
  readonly hits: number
  readonly misses: number
  /** Of the oldest kernel; null when none is ready. */
  readonly ageMs: number | null
  /** Why there are none; null when nothing is wrong. */
  readonly problem: string | null
}

export interface SharedByNotebooks {
  readonly maxAgeMs: number
  /** Whether one more kernel may be made. */
  readonly hasRoom: () => boolean
  readonly log: (notice: Notice) => void
  /** Aborts when the process ends. */
  readonly signal: AbortSignal
}

/** How kernels are made before there is a request. */
export interface Prefill {
  /** What a request for the notebook at this path needs; throws where it can have no warm kernels. */
  readonly read: (path: string, signal: AbortSignal) => Promise<Recipe>
  /** Masks what is logged. */
  readonly redactor: Redactor
}

/** Why a request got no warm kernel. */
export type MissReason = 'none' | 'changed' | 'gone' | 'not_warmable'

interface Miss {
  readonly reason: MissReason
  /** Why the notebook has none at all. */
  readonly problem?: string
}

const reasons: Readonly<Record<MissReason, string>> = {
  none: 'none is ready',
  changed: 'the setup has changed',
  gone: 'the kernel is gone, or was restarted',
  not_warmable: 'it can have none',
}

const noKernel: Miss = { reason: 'none' }

/** So that starting a kernel delays neither the request that took one nor its answer. */
const fillDelayMs = { afterTaking: 1_000, afterRun: 50 } as const

/** The warm kernels of one notebook. */
export class WarmNotebook {
  readonly #path: string
  readonly #size: number
  readonly #shared: SharedByNotebooks
  /** The oldest first. */
  readonly #ready: WarmKernel[] = []
  /** What the latest request needed. */
  #recipe: Recipe | null = null
  #filling: Promise<void> | null = null
  #fillTimer: NodeJS.Timeout | undefined
  #fillTick = Infinity
  readonly #ending = new Set<Promise<void>>()
  readonly #backOff: BackOff
  #hits = 0
  #misses = 0

  constructor(path: string, size: number, shared: SharedByNotebooks) {
    this.#path = path
    this.#size = size
    this.#shared = shared
    this.#backOff = new BackOff(shared.maxAgeMs)
  }

  /** How many there are, with the one that is being made. */
  get kernels(): number {
    return this.#ready.length + (this.#filling === null ? 0 : 1)
  }

  get status(): NotebookStatus {
    return {
      notebook: this.#path,
      size: this.#size,
      ready: this.#ready.length,
      isFilling: this.#filling !== null,
      hits: this.#hits,
      misses: this.#misses,
      ageMs: this.#ready[0]?.ageMs ?? null,
      problem: this.#backOff.problem,
    }
  }

  /** Makes the kernels that a request will need, unless one has come already. Never rejects. */
  async prefill({ read, redactor }: Prefill): Promise<void> {
    const { signal } = this.#shared
    try {
      const recipe = this.#recipe ?? (await read(this.#path, signal))
      this.#recipe ??= recipe
      this.#fill()
      for (let made = 0; made < this.#size && this.#filling !== null; made++) await this.#filling
    } catch (error) {
      if (signal.aborted || !this.#backOff.failed('', error)) return
      this.#logFailure(error, redactor)
    }
  }

  /** Takes the oldest kernel and connects to it, while the request still reads the notebook. */
  reserve(request: RunRequest, redactor: Redactor): WarmReservation {
    this.#dropOld()
    let warm = this.#ready.shift() ?? null
    const attached = warm?.attach() ?? Promise.resolve(false)
    return {
      isHeld: warm !== null,
      take: async (notebook) => {
        const miss = await this.#missOf({ request, redactor, notebook }, warm, attached)
        this.#fillAfter(fillDelayMs.afterTaking)
        if (miss !== null || warm === null) return this.#missed(request, miss ?? noKernel)
        const taken = this.#taken(request, warm)
        warm = null
        return taken
      },
      [Symbol.dispose]: () => {
        if (warm === null) return
        this.#end(warm)
        warm = null
        this.#fillAfter(fillDelayMs.afterRun)
      },
    }
  }

  /** Deletes the kernels, and waits until all that were deleted are gone. Never throws. */
  async close(): Promise<void> {
    clearTimeout(this.#fillTimer)
    const endReady = () => this.#ready.splice(0).forEach((warm) => this.#end(warm))
    endReady()
    await this.#filling
    endReady()
    await Promise.all(this.#ending)
  }

  /** Why the kernel does not fit; null where it does. Notes what the next kernels are made of. */
  async #missOf(
    { request, redactor, notebook }: Omit<Recipe, 'setup'>,
    warm: WarmKernel | null,
    attached: Promise<boolean>,
  ): Promise<Miss | null> {
    try {
      const setup = setupOf(notebook, request)
      this.#recipe = { request: withoutParameters(request), redactor, notebook, setup }
      if (warm === null) return noKernel
      if (warm.key !== setup.key) return { reason: 'changed' }
      return (await attached) ? null : { reason: 'gone' }
    } catch (error) {
      if (!(error instanceof NotWarmable)) throw error
      return { reason: 'not_warmable', problem: error.message }
    }
  }

  #missed({ runId }: RunRequest, { reason, problem }: Miss): null {
    this.#misses += 1
    if (problem !== undefined) this.#backOff.problem = problem
    const message = `No warm kernel for ${this.#path}: ${problem ?? reasons[reason]}`
    this.#shared.log({ event: 'pool_miss', message, notebook: this.#path, reason, runId })
    return null
  }

  #taken({ runId }: RunRequest, warm: WarmKernel): WarmStart {
    this.#hits += 1
    const { kernel, language, warnings, ageMs } = warm
    const message = `A warm kernel for ${this.#path}, made ${Math.round(ageMs / 1000)} s ago`
    this.#shared.log({ event: 'pool_hit', message, notebook: this.#path, ageMs, runId })
    const retire = () => {
      this.#end(warm)
      this.#fillAfter(fillDelayMs.afterRun)
    }
    return { kernel, language, warnings, ageMs, retire }
  }

  /** Not later than it was to be done already. */
  #fillAfter(delayMs: number): void {
    const tick = performance.now() + delayMs
    if (tick >= this.#fillTick) return
    clearTimeout(this.#fillTimer)
    this.#fillTick = tick
    this.#fillTimer = setTimeout(() => this.#fill(), delayMs)
  }

  /** Makes kernels, one after the other, until there are enough. */
  #fill(): void {
    clearTimeout(this.#fillTimer)
    this.#fillTick = Infinity
    this.#dropOld()
    const { signal, hasRoom } = this.#shared
    if (this.#recipe === null || this.#filling !== null || signal.aborted) return
    if (this.#ready.length >= this.#size || !hasRoom()) return
    if (!this.#backOff.mayTry(this.#recipe.setup.key)) return
    this.#filling = this.#make(this.#recipe)
  }

  /** Never rejects. */
  async #make(recipe: Recipe): Promise<void> {
    const { signal } = this.#shared
    const { key } = recipe.setup
    try {
      this.#ready.push(await warmUp(recipe, signal))
      this.#backOff.succeeded()
      setTimeout(() => this.#dropOld(), this.#shared.maxAgeMs).unref()
    } catch (error) {
      if (!signal.aborted && this.#backOff.failed(key, error))
        this.#logFailure(error, recipe.redactor)
    }
    this.#filling = null
    this.#fill()
  }

  #logFailure(cause: unknown, redactor: Redactor): void {
    const message = messageOf(cause)
    const { traceback } = asRunError(cause)
    const notice: Notice = {
      severity: 'WARNING',
      message: `Cannot make a warm kernel for ${this.#path}: ${message}`,
      event: 'warm_failed',
      notebook: this.#path,
      ...(traceback === undefined ? {} : { traceback }),
    }
    this.#shared.log(redactor.value(notice))
  }

  /** Ends the kernels that are too old, or whose setup is not the notebook's any more. */
  #dropOld(): void {
    const key = this.#recipe?.setup.key
    const isOld = (warm: WarmKernel) =>
      warm.ageMs >= this.#shared.maxAgeMs || (key !== undefined && warm.key !== key)
    const kept = this.#ready.filter((warm) => !isOld(warm))
    for (const warm of this.#ready.splice(0, Infinity, ...kept)) {
      if (isOld(warm)) this.#end(warm)
    }
  }

  /** Deletes the kernel beside what follows. */
  #end(warm: WarmKernel): void {
    const ending = warm.end().then(() => {
      this.#ending.delete(ending)
      const { deletionError } = warm.kernel
      if (deletionError === null) return
      const { message } = deletionError
      this.#shared.log({ severity: 'WARNING', message, event: 'kernel_left', notebook: this.#path })
    })
    this.#ending.add(ending)
  }
}

function withoutParameters(request: RunRequest): RunRequest {
  return { ...request, parameters: new Map(), destinations: [], warnings: [] }
}
