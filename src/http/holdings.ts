/** What one request holds until its answer is sent: its slot, its share of the memory. */
export class Holdings implements Disposable {
  readonly #held: Disposable[] = []

  keep(held: Disposable): void {
    this.#held.push(held)
  }

  [Symbol.dispose](): void {
    for (const held of this.#held.splice(0)) held[Symbol.dispose]()
  }
}
