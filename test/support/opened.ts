/** What was opened so far, closed in reverse order: Node 20 has no AsyncDisposableStack. */
export class Opened implements AsyncDisposable {
  #things: AsyncDisposable[] = []

  use<T extends AsyncDisposable>(thing: T): T {
    this.#things.push(thing)
    return thing
  }

  /** Hands everything over, so that disposing this one closes nothing any more. */
  move(): Opened {
    const next = new Opened()
    next.#things = this.#things
    this.#things = []
    return next
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (let thing = this.#things.pop(); thing; thing = this.#things.pop()) {
      await thing[Symbol.asyncDispose]()
    }
  }
}
