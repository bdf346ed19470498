interface Held {
  readonly bytes: number
  readonly cutOff: () => void
}

/** Memory of an answer in addition to its body, for headers and connection. */
const overheadBytes = 8_192

/**
 * Counts the memory of small answers until their clients have read them. They do not wait for the
 * budget; when they exceed the limit together, the connections of the oldest ones are closed.
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
