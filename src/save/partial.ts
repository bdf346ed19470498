import { RunError, asRunError } from '../errors.ts'
import { noop, until } from '../lifetime.ts'
import type { Saved } from './save.ts'

type Save = (content: object, signal: AbortSignal) => Promise<Pick<Saved, 'failures'>>

export interface PartialSavesOptions {
  readonly save: Save
  /** Told of the first failure only. */
  readonly warn: (message: string) => void
  readonly everyMs?: number
  /** How long the end waits for a save under way before it stops it. */
  readonly patienceMs?: number
}

/** Saves the notebook now and then while it runs, one save at a time, in nobody's way. */
export class PartialSaves {
  readonly #save: Save
  readonly #warn: (message: string) => void
  readonly #everyMs: number
  readonly #patienceMs: number
  readonly #stopping = new AbortController()
  #underWay: Promise<void> | null = null
  #nextTick: number
  #warned = false

  constructor({ save, warn, everyMs = 30_000, patienceMs = 5_000 }: PartialSavesOptions) {
    this.#save = save
    this.#warn = warn
    this.#everyMs = everyMs
    this.#patienceMs = patienceMs
    this.#nextTick = performance.now() + everyMs
  }

  /** Whether a save would start now; ask before making the notebook for it. */
  due(): boolean {
    if (this.#stopping.signal.aborted || this.#underWay !== null) return false
    return performance.now() >= this.#nextTick
  }

  /** Starts a save when one is due, and does not wait for it. */
  save(content: object): void {
    if (this.due()) this.#underWay = this.#saveOnce(content)
  }

  /** Returns when no save is under way and none can start any more: now the final one may. */
  async end(signal: AbortSignal): Promise<void> {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(this.#patienceMs)])
    if (this.#underWay !== null) await until(this.#underWay, patience).catch(noop)
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
