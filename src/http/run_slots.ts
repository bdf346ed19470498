import { RunError } from '../errors.ts'
import { type Env, variableOf } from '../request/env.ts'
import { runsAtOnce } from '../request/options.ts'
import { quoteForError } from '../util/text.ts'

/** Limits the number of concurrent runs in this process. */
export class RunSlots {
  readonly #max: number
  #taken = 0

  constructor(max: number) {
    this.#max = max
  }

  /** Takes a slot until the returned object is disposed; throws BUSY when none is free. */
  take(): Disposable {
    if (this.#taken >= this.#max) {
      const reason = `${this.#max} runs go on already (NBTRIGGER_MAX_RUNS)`
      throw new RunError('BUSY', `Cannot run a notebook: ${reason}`, { advice: 'try again later' })
    }
    this.#taken += 1
    return { [Symbol.dispose]: () => void (this.#taken -= 1) }
  }
}

export function readMaxRuns(env: Env): number {
  const text = variableOf(env, 'NBTRIGGER_MAX_RUNS')
  if (text === null) return runsAtOnce
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text)
  const reason = 'it is not a whole number from 1 to 9999'
  throw new RunError(
    'ARGUMENTS_INVALID',
    `Cannot use ${quoteForError(text)} as NBTRIGGER_MAX_RUNS: ${reason}`,
  )
}
