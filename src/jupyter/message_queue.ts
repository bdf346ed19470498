/** First in, first out: taking costs the same however many wait, which `Array.shift()` does not. */
export class MessageQueue<Message> {
  #messages: (Message | undefined)[] = []
  #next = 0

  add(message: Message): void {
    this.#messages.push(message)
  }

  /** The one that has waited longest; undefined when there is none. */
  take(): Message | undefined {
    const message = this.#messages[this.#next]
    if (this.#next < this.#messages.length) {
      this.#messages[this.#next] = undefined // a taken message may be large: nothing holds it here
      this.#next += 1
    }
    if (this.#next === this.#messages.length) this.#clear()
    else if (this.#next >= compactAt) this.#compact()
    return message
  }

  #clear(): void {
    this.#messages = []
    this.#next = 0
  }

  /** What was taken is let go, when it is at least half of what is held. */
  #compact(): void {
    if (2 * this.#next < this.#messages.length) return
    this.#messages = this.#messages.slice(this.#next)
    this.#next = 0
  }
}

const compactAt = 1024
