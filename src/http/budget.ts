import { RunError } from '../errors.ts'
import { countOf, type Env } from '../request/env.ts'
import { runsAtOnce } from '../request/options.ts'
import { abortable, deadline } from '../util/abort.ts'

interface Waiting {
  readonly amount: number
  readonly admit: (held: Disposable) => void
}

/** A limited amount that requests share, such as bytes of memory or turns at an expensive task. */
export class Budget {
  readonly #max: number
  #held = 0
  readonly #queue: Waiting[] = []

  constructor(max: number) {
    this.#max = max
  }

  /** Whether `amount` is free and nothing waits. An amount above the budget needs all of it. */
  hasRoom(amount: number): boolean {
    return this.#queue.length === 0 && this.#fits(amount)
  }

  /** Holds `amount`, even beyond the budget, until the returned object is disposed. */
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

  /** Waits in a queue until `amount` is free, and holds it; throws the signal's reason. */
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
        (await turn)[Symbol.dispose]() // admitted at the moment of the abort
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

/** Disposables to dispose together, such as a request's slot and its share of memory. */
export class Disposables implements Disposable {
  readonly #held: Disposable[] = []

  /** Adds a disposable and returns it. */
  use<T extends Disposable>(held: T): T {
    this.#held.push(held)
    return held
  }

  [Symbol.dispose](): void {
    for (const held of this.#held.splice(0)) held[Symbol.dispose]()
  }
}

/**
 * Waits until `bytes` of the budget for responses are free, and holds them. Throws BUSY after `maxMs`
 * milliseconds, and the signal's reason.
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

interface Held {
  readonly bytes: number
  readonly cutOff: () => void
}

/** Memory of an answer in addition to its body, for headers and connection. */
const overheadBytes = 8_192

/**
 * Counts the memory of small responses until their clients have read them. They do not wait for the
 * budget; when they exceed the limit together, the connections of the oldest ones are closed.
 */
export class SmallResponses {
  readonly #maxBytes: number
  readonly #held = new Set<Held>()
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Counts a body of `bodyBytes` until it is disposed; `cutOff` closes its connection. */
  hold(bodyBytes: number, cutOff: () => void): Disposable {
    const held = { bytes: bodyBytes + overheadBytes, cutOff }
    this.#held.add(held)
    this.#bytes += held.bytes
    for (const oldest of this.#held) {
      if (this.#bytes <= this.#maxBytes || oldest === held) break
      this.#release(oldest)
      oldest.cutOff()
    }
    return { [Symbol.dispose]: () => this.#release(held) }
  }

  #release(held: Held): void {
    if (this.#held.delete(held)) this.#bytes -= held.bytes
  }
}

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

/** How many runs an instance takes at once; throws ARGUMENTS_INVALID. */
export function readMaxRuns(env: Env): number {
  return countOf(env, 'NBTRIGGER_MAX_RUNS', 9999) ?? runsAtOnce
}
