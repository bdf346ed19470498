import { RunError } from '../errors.ts'
import { deadline, deadlineAfter } from '../lifetime.ts'
import type { Destination } from './destination.ts'
import { PartialSaves } from './partial.ts'
import { saveNotebook, type Saved, type SaveTools } from './save.ts'

export interface RunSavesOptions extends SaveTools {
  readonly destinations: readonly Destination[]
  /** The notebook as it is now, with no secret in it; null as long as there is none. */
  readonly content: () => object | null
  readonly warn: (message: string) => void
}

export interface SaveTimes {
  readonly mostMs: number
  /** What is left when the run is stopped, before or while it saves. */
  readonly hurriedMs: number
}

const nothing: Saved = { outputs: [], warnings: [], failures: [] }
const lookMs = 1_000

/** The saves of one run: now and then while it goes, so that it can be watched, and at its end. */
export class RunSaves implements Disposable {
  readonly #options: RunSavesOptions
  readonly #partial: PartialSaves
  readonly #timer: NodeJS.Timeout | undefined

  constructor(options: RunSavesOptions) {
    const { destinations, server, maskPage, warn } = options
    // A page takes the server a second to make, and nobody watches it grow.
    const watched = destinations.filter(({ format }) => format === 'ipynb')
    const save = (content: object, signal: AbortSignal) =>
      saveNotebook(content, watched, { server, maskPage }, signal)
    this.#options = options
    this.#partial = new PartialSaves({ save, warn })
    if (watched.length > 0) this.#timer = setInterval(() => this.#look(), lookMs).unref()
  }

  /** Stores the notebook at all its destinations in time. Does not throw. */
  async finish({ mostMs, hurriedMs }: SaveTimes, signal: AbortSignal): Promise<Saved> {
    this[Symbol.dispose]()
    const { destinations, server, maskPage } = this.#options
    using hurry = deadlineAfter(signal, hurriedMs, () => tooLate(hurriedMs))
    using limit = deadline(mostMs, () => tooLate(mostMs), hurry.signal)
    await this.#partial.end(limit.signal)
    const content = destinations.length === 0 ? null : this.#options.content()
    return content === null
      ? nothing
      : await saveNotebook(content, destinations, { server, maskPage }, limit.signal)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    if (!this.#partial.due()) return
    const content = this.#options.content()
    if (content !== null) this.#partial.save(content)
  }
}

function tooLate(budgetMs: number): RunError {
  return new RunError('OUTPUT_NOT_SAVED', `Cannot save the notebook within ${budgetMs / 1000} s`)
}
