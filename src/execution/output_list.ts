import type { Display } from '../jupyter/messages.ts'
import type { Output, StreamOutput } from '../jupyter/nbformat.ts'
import type { DisplayId } from '../jupyter/read_field.ts'
import type { Redactor } from '../redaction/redactor.ts'
import { sizeOf, validBundle } from './output.ts'

const perOutput = 100
/** Results and errors are few, and worth more than the rest. */
const reserveForVital = 16 * 1024 * 1024

interface Entry {
  readonly output: Output
  /** Shows what its display id shows, in place of what it came with. */
  readonly display: SharedDisplay | null
  readonly size: number
}

interface CutOptions {
  /** Stands where outputs were left out for want of room. */
  readonly notice: StreamOutput
  /** No text is cut within what may be a secret. */
  readonly redactor: Pick<Redactor, 'partialSecretStart'>
}

/** The outputs of a cell or a widget, in order: streams are joined, `clear_output` clears them. */
export class OutputList {
  readonly #room: OutputBudget
  readonly #ids: DisplayIds | null
  readonly #notice: StreamOutput
  readonly #redactor: Pick<Redactor, 'partialSecretStart'>
  #entries: Entry[] = []
  #clearsBeforeNext = false
  #isCut = false
  #reserve = reserveForVital

  /** Without `ids` no display is shared. */
  constructor(room: OutputBudget, ids: DisplayIds | null, { notice, redactor }: CutOptions) {
    this.#room = room
    this.#ids = ids
    this.#notice = notice
    this.#redactor = redactor
  }

  get all(): readonly Output[] {
    return this.#entries.map(({ output, display }) => {
      return display === null ? output : { ...output, ...display.shown }
    })
  }

  get hasValue(): boolean {
    return this.#entries.some(({ output }) => output.output_type === 'execute_result')
  }

  /** At once, or before the next output. */
  clear(wait: boolean): void {
    this.#clearsBeforeNext ||= wait
    if (wait) return
    for (const { display, size } of this.#entries) {
      if (display !== null) this.#ids?.release(display)
      this.#room.release(size)
    }
    this.#entries = []
    this.#clearsBeforeNext = false
    this.#isCut = false
    this.#reserve = reserveForVital
  }

  /** False when there is no room for all of it: the rest is left out until the next clearing. */
  add(output: Output, displayId: DisplayId | null = null): boolean {
    if (this.#clearsBeforeNext) this.clear(false)
    const isKept =
      output.output_type === 'stream' ? this.#addStream(output) : this.#addOther(output, displayId)
    if (!isKept && !this.#isCut) {
      this.#isCut = true
      this.note(this.#notice)
    }
    return isKept
  }

  /** Puts in a word of our own, which is short and takes no room. */
  note(notice: StreamOutput): void {
    this.#entries.push({ output: notice, display: null, size: 0 })
  }

  #addStream(output: StreamOutput): boolean {
    const last = this.#entries.at(-1)
    const joins = last?.output.output_type === 'stream' && last.output.name === output.name
    const before = joins
      ? { text: last.output.text, size: last.size }
      : { text: '', size: perOutput }
    const overhead = joins ? 0 : perOutput
    const text = fitting(output.text, this.#room.free - overhead)
    if (this.#isCut || (text === '' && output.text !== '')) return false
    this.#room.use(overhead + text.length)
    const isWhole = text.length === output.text.length
    const joined = before.text + text
    const kept = isWhole ? joined : joined.slice(0, this.#redactor.partialSecretStart(joined))
    const entry = {
      output: { ...output, text: kept },
      display: null,
      size: before.size + text.length,
    }
    this.#entries[this.#entries.length - (joins ? 1 : 0)] = entry
    return isWhole
  }

  #addOther(output: Exclude<Output, StreamOutput>, displayId: DisplayId | null): boolean {
    const size = perOutput + sizeOf(output)
    if (!this.#hasRoom(output, size)) return false
    this.#room.use(size)
    const display = displayId === null ? null : this.#shared(output, { displayId, size })
    this.#entries.push({ output, display, size })
    return true
  }

  #shared(
    output: Exclude<Output, StreamOutput>,
    { displayId, size }: { readonly displayId: DisplayId; readonly size: number },
  ): SharedDisplay | null {
    if (this.#ids === null || output.output_type === 'error') return null
    const { data, metadata } = output
    return this.#ids.show(displayId, { data, metadata }, size)
  }

  #hasRoom({ output_type }: Output, size: number): boolean {
    if (!this.#isCut && size <= this.#room.free) return true
    if (output_type === 'display_data' || size > this.#reserve) return false
    this.#reserve -= size
    return true
  }
}

/** The beginning of the text that fits, with no character cut in two. */
function fitting(text: string, room: number): string {
  if (text.length <= room) return text
  const end = Math.max(0, room)
  const splitsPair = /[\ud800-\udbff]/.test(text.charAt(end - 1))
  return text.slice(0, splitsPair ? end - 1 : end)
}

/** How many characters of output may still be kept: in one cell, and in all of them together. */
export class OutputBudget {
  readonly #whole: OutputBudget | null
  #free: number

  constructor(size: number, whole: OutputBudget | null = null) {
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

  release(size: number): void {
    this.use(-size)
  }
}

/** What one display id shows at present, the same in every output that shows it. */
interface SharedDisplay {
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
  readonly #room: OutputBudget

  constructor(room: OutputBudget) {
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

  /** One output less shows it; an id without outputs is forgotten. */
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
