const byHand = ['wheel', 'touchmove', 'pointerdown', 'keydown']

/** Keeps what happens in view, until the person at the screen moves it. */
export class Follow {
  #isOn = false

  constructor() {
    for (const type of byHand) {
      addEventListener(type, () => (this.#isOn = false), { passive: true })
    }
  }

  begin(): void {
    this.#isOn = true
  }

  show(element: HTMLElement, block: 'start' | 'nearest'): void {
    if (this.#isOn) element.scrollIntoView({ block })
  }
}
