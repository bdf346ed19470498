import type { Display } from '../jupyter/messages.ts'
import type { DisplayId } from '../jupyter/read_field.ts'
import { sizeOf, validBundle } from './output.ts'
import type { OutputRoom } from './output_room.ts'

/** What one display id shows at present, the same in every output that shows it. */
export interface SharedDisplay {
  readonly id: DisplayId
  shown: Pick<Display, 'data' | 'metadata'>
  /** How many outputs show it. */
  outputs: number
  /** What it takes now beyond what the outputs that brought it were charged. */
  growth: number
  size: number
}

/** The displays of all cells that can be updated by their id: an update costs the same for many. */
export class DisplayIds {
  readonly #displays = new Map<DisplayId, SharedDisplay>()
  readonly #room: OutputRoom

  constructor(room: OutputRoom) {
    this.#room = room
  }

  /** Shows it wherever the id was shown before; false when there is no room for what it grows by. */
  update({ displayId, data, metadata }: Display): boolean {
    const display = displayId === null ? undefined : this.#displays.get(displayId)
    if (display === undefined) return true
    const shown = { data: validBundle(data), metadata }
    const growth = Math.max(0, sizeOf(shown) - display.size)
    if (growth - display.growth > this.#room.free) return false
    this.#grow(display, growth)
    display.shown = shown
    return true
  }

  /** One more output shows the id, and brings what all of them show from now on. */
  show(id: DisplayId, shown: SharedDisplay['shown'], size: number): SharedDisplay {
    const display = this.#displays.get(id) ?? { id, shown, outputs: 0, growth: 0, size }
    this.#displays.set(id, display)
    this.#grow(display, 0)
    display.shown = shown
    display.outputs += 1
    display.size = size
    return display
  }

  /** One output less shows it; of an id that nobody shows nothing is kept. */
  release(display: SharedDisplay): void {
    display.outputs -= 1
    if (display.outputs > 0) return
    this.#grow(display, 0)
    this.#displays.delete(display.id)
  }

  #grow(display: SharedDisplay, growth: number): void {
    this.#room.use(growth - display.growth)
    display.growth = growth
  }
}
