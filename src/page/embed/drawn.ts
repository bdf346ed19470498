/** A place for an output that a script draws, with its data. */
export interface DrawnOutput {
  /** Where to draw; it is part of the page. */
  readonly target: HTMLElement
  readonly value: unknown
}

/** Draws all outputs of this kind in the page; where that fails, what is shown without scripts stays. */
export async function drawAll(
  kind: string,
  draw: (output: DrawnOutput) => Promise<void>,
): Promise<void> {
  for (const place of document.querySelectorAll(`.drawn[data-kind="${kind}"]`)) {
    const still = place.querySelector('.still')
    const target = document.createElement('div')
    place.append(target)
    try {
      const value: unknown = JSON.parse(place.querySelector('script')?.textContent ?? 'null')
      await draw({ target, value })
      still?.remove()
    } catch (error) {
      target.className = 'missing'
      target.textContent = `This output could not be drawn: ${String(error)}`
    }
  }
}
