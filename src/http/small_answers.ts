interface Held {
  readonly bytes: number
  readonly cutOff: () => void
}

/** What an answer takes beside its body: its headers, its connection. */
const overheadBytes = 8_192

/**
 * The answers that are too small to wait for room, until their readers have them. When they take too
 * much memory together, the ones that have waited longest are cut off: nobody reads those.
 */
export class SmallAnswers {
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
