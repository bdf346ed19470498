import { RunError, asRunError } from '../errors.ts'
import { deadline, until } from '../lifetime.ts'
import type { Destination } from './destination.ts'
import { PartialSaves } from './partial.ts'
import { saveNotebook, type Saved, type SaveTools } from './save.ts'

export interface RunSavesOptions extends SaveTools {
  readonly destinations: readonly Destination[]
  /** The notebook as it is now, with no secret in it; null as long as there is none. */
  readonly content: () => object | null
  readonly warn: (message: string) => void
}

const nothing: Saved = { outputs: [], warnings: [], failures: [] }
const lookMs = 1_000

/** The saves of one run: now and then while it goes, so that it can be watched, and at its end. */
export class RunSaves implements Disposable {
  readonly #options: RunSavesOptions
  readonly #partial: PartialSaves
  readonly #timer: NodeJS.Timeout | undefined

  constructor(options: RunSavesOptions) {
    const { destinations, server, warn } = options
    // A page takes the server a second to make, and nobody watches it grow.
    const watched = destinations.filter(({ format }) => format === 'ipynb')
    const save = (content: object, signal: AbortSignal) =>
      saveNotebook(content, watched, { server }, signal)
    this.#options = options
    this.#partial = new PartialSaves({ save, warn })
    if (watched.length > 0) this.#timer = setInterval(() => this.#look(), lookMs).unref()
  }

  /** Stores the notebook at all its destinations within `budgetMs`. Does not throw. */
  async finish(budgetMs: number, signal: AbortSignal): Promise<Saved> {
    this[Symbol.dispose]()
    const { destinations, server } = this.#options
    using limit = deadline(budgetMs, () => tooLate(budgetMs))
    const either = signal.aborted ? limit.signal : AbortSignal.any([signal, limit.signal])
    await this.#partial.end(either)
    const content = destinations.length === 0 ? null : this.#options.content()
    if (content === null) return nothing
    const saving = saveNotebook(content, destinations, { server }, either)
    return await until(saving, either).catch(stopped)
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

/** What does not heed its signal, as a disk that hangs, must not keep the run. */
function stopped(reason: unknown): Saved {
  return { ...nothing, failures: [asRunError(reason)] }
}

function tooLate(budgetMs: number): RunError {
  return new RunError('OUTPUT_NOT_SAVED', `Cannot save the notebook within ${budgetMs / 1000} s`)
}
