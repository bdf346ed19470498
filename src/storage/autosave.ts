import { asRunError, RunError } from '../errors.ts'
import { deadline, deadlineAfter, noop, abortable } from '../util/abort.ts'
import type { Destination } from './destination.ts'
import { standardOutput } from './standard_output.ts'
import { type Saved, saveNotebook, type SaveTools } from './save.ts'

export interface RunSavesOptions extends SaveTools {
  readonly destinations: readonly Destination[]
  /** The notebook as it is now, with no secret in it; null as long as there is none. */
  readonly content: () => object | null
  readonly warn: (message: string) => void
  /** How often the notebook is saved while it runs; null for never. */
  readonly everyMs: number | null
}

export interface SaveTimes {
  readonly maxMs: number
  /** What is left when the run is stopped, before or while it saves. */
  readonly hurriedMs: number
}

const nothing: Saved = { outputs: [], warnings: [], failures: [] }
const checkIntervalMs = 1_000

/** The saves of one run: now and then while it goes, so that it can be watched, and at its end. */
export class RunSaves implements Disposable {
  readonly #options: RunSavesOptions
  readonly #partial: PartialSaves
  readonly #timer: NodeJS.Timeout | undefined

  constructor(options: RunSavesOptions) {
    const { destinations, warn, everyMs } = options
    // A page takes the server a second to render, and nobody watches it grow.
    const watched = destinations.filter(
      ({ format, address }) => format === 'ipynb' && address !== standardOutput,
    )
    const save = (content: object, signal: AbortSignal) =>
      saveNotebook(content, watched, options, signal)
    this.#options = options
    this.#partial = new PartialSaves({ save, warn, ...(everyMs !== null && { everyMs }) })
    if (watched.length > 0 && everyMs !== null)
      this.#timer = setInterval(() => this.#saveIfDue(), checkIntervalMs).unref()
  }

  /** Stores the notebook at all its destinations in time. Does not throw. */
  async finish({ maxMs, hurriedMs }: SaveTimes, signal: AbortSignal): Promise<Saved> {
    this[Symbol.dispose]()
    const { destinations } = this.#options
    using hurry = deadlineAfter(signal, hurriedMs, () => tooLate(hurriedMs))
    using limit = deadline(maxMs, () => tooLate(maxMs), hurry.signal)
    await this.#partial.end(limit.signal)
    const content = destinations.length === 0 ? null : this.#options.content()
    return content === null
      ? nothing
      : await saveNotebook(content, destinations, this.#options, limit.signal)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  #saveIfDue(): void {
    if (!this.#partial.isDue()) return
    try {
      const content = this.#options.content()
      if (content !== null) this.#partial.save(content)
    } catch (error) {
      this.#options.warn(asRunError(error).message) // thrown in a timer, it would end the process
    }
  }
}

function tooLate(budgetMs: number): RunError {
  return new RunError('OUTPUT_NOT_SAVED', `Cannot save the notebook within ${budgetMs / 1000} s`)
}

type Save = (content: object, signal: AbortSignal) => Promise<Pick<Saved, 'failures'>>

export interface PartialSavesOptions {
  readonly save: Save
  /** Told of the first failure only. */
  readonly warn: (message: string) => void
  readonly everyMs?: number
  /** How long `end()` waits for a save under way before it stops it. */
  readonly maxWaitMs?: number
}

/** Saves the notebook every now and then while it runs, one save at a time; nothing waits for them. */
export class PartialSaves {
  readonly #save: Save
  readonly #warn: (message: string) => void
  readonly #everyMs: number
  readonly #maxWaitMs: number
  readonly #stopping = new AbortController()
  #underWay: Promise<void> | null = null
  #nextTick: number
  #warned = false

  constructor({ save, warn, everyMs = 30_000, maxWaitMs = 5_000 }: PartialSavesOptions) {
    this.#save = save
    this.#warn = warn
    this.#everyMs = everyMs
    this.#maxWaitMs = maxWaitMs
    this.#nextTick = performance.now() + everyMs
  }

  /** Whether a save would start now; ask before making the notebook for it. */
  isDue(): boolean {
    if (this.#stopping.signal.aborted || this.#underWay !== null) return false
    return performance.now() >= this.#nextTick
  }

  /** Starts a save when one is due, and does not wait for it. */
  save(content: object): void {
    if (this.isDue()) this.#underWay = this.#saveOnce(content)
  }

  /** Returns when no save is under way and none can start any more: now the final one may. */
  async end(signal: AbortSignal): Promise<void> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(this.#maxWaitMs)])
    if (this.#underWay !== null) await abortable(this.#underWay, limit).catch(noop)
    this.#stopping.abort(new RunError('CANCELLED', 'Cannot go on: the final save takes its place'))
    await this.#underWay
  }

  async #saveOnce(content: object): Promise<void> {
    const { signal } = this.#stopping
    const failure = await this.#save(content, signal).then(
      ({ failures }) => failures[0],
      asRunError,
    )
    if (failure !== undefined && !signal.aborted && !this.#warned) {
      this.#warned = true
      this.#warn(`${failure.message}; the run goes on, and tries again`)
    }
    this.#underWay = null
    this.#nextTick = performance.now() + this.#everyMs
  }
}
