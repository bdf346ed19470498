import { RunError } from '../errors.ts'
import { abortable, deadline } from '../util/abort.ts'

interface Waiting {
  readonly amount: number
  readonly admit: (held: Disposable) => void
}

/** A limited amount of something that requests share, as bytes of memory or turns at a heavy task. */
export class Budget {
  readonly #max: number
  #held = 0
  readonly #queue: Waiting[] = []

  constructor(max: number) {
    this.#max = max
  }

  /** Whether `amount` is free and nobody waits. What is larger than the whole budget needs all of it. */
  hasRoom(amount: number): boolean {
    return this.#queue.length === 0 && this.#fits(amount)
  }

  /** Counts `amount` as held until it is disposed, whether it was free or not. */
  hold(amount: number): Disposable {
    this.#held += amount
    let isHeld = true
    return {
      [Symbol.dispose]: () => {
        if (!isHeld) return
        isHeld = false
        this.#held -= amount
        this.#admitNext()
      },
    }
  }

  /** Holds `amount` as soon as it is free, in the order of asking; throws the signal's reason. */
  async wait(amount: number, signal: AbortSignal): Promise<Disposable> {
    signal.throwIfAborted()
    if (this.hasRoom(amount)) return this.hold(amount)
    const turn = new Promise<Disposable>((admit) => void this.#queue.push({ amount, admit }))
    const waiting = this.#queue.at(-1)
    try {
      return await abortable(turn, signal)
    } catch (error) {
      const place = this.#queue.findIndex((each) => each === waiting)
      if (place === -1)
        (await turn)[Symbol.dispose]() // it was admitted at the same moment
      else this.#queue.splice(place, 1)
      this.#admitNext()
      throw error
    }
  }

  #fits(amount: number): boolean {
    return this.#held + Math.min(amount, this.#max) <= this.#max
  }

  #admitNext(): void {
    for (let next = this.#queue[0]; next && this.#fits(next.amount); next = this.#queue[0]) {
      this.#queue.shift()
      next.admit(this.hold(next.amount))
    }
  }
}

/** What is disposed together, as a request's slot and its share of the memory. */
export class Disposables implements Disposable {
  readonly #held: Disposable[] = []

  /** Returns what it is given. */
  use<T extends Disposable>(held: T): T {
    this.#held.push(held)
    return held
  }

  [Symbol.dispose](): void {
    for (const held of this.#held.splice(0)) held[Symbol.dispose]()
  }
}

/**
 * Holds `bytes` of the answers' budget as soon as they are free. Throws BUSY when they are not within
 * `maxMs` milliseconds, and the signal's reason.
 */
export async function waitForRoom(
  bytes: number,
  { budget, maxMs }: { readonly budget: Budget; readonly maxMs: number },
  signal: AbortSignal,
): Promise<Disposable> {
  using limit = deadline(maxMs, noRoom, signal)
  return await budget.wait(bytes, limit.signal)
}

function noRoom(): RunError {
  const reason = 'too many answers wait for readers that do not take them'
  return new RunError('BUSY', `Cannot send the answer: ${reason}`, { advice: 'try again later' })
}
