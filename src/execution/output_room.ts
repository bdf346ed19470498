/** How many characters of output may still be kept: in one cell, and in all of them together. */
export class OutputRoom {
  readonly #whole: OutputRoom | null
  #free: number

  constructor(size: number, whole: OutputRoom | null = null) {
    this.#whole = whole
    this.#free = size
  }

  get free(): number {
    return Math.max(0, Math.min(this.#free, this.#whole?.free ?? Infinity))
  }

  use(size: number): void {
    this.#free -= size
    this.#whole?.use(size)
  }

  giveBack(size: number): void {
    this.use(-size)
  }
}
