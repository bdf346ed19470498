import type { Display } from '../jupyter/messages.ts'
import type { Output, StreamOutput } from '../jupyter/nbformat.ts'
import type { DisplayId } from '../jupyter/read_field.ts'
import type { Redactor } from '../redaction/redactor.ts'
import { splitsPair } from '../util/text.ts'
import { sizeOf, validBundle } from './output.ts'
import type { OutputsSnapshot } from './snapshot.ts'

const perOutput = 100
/** Characters reserved for results and errors, which are few and matter most. */
const reserveForVital = 16 * 1024 * 1024

interface Entry {
  readonly output: Output
  /** If set, its current data replace those of `output`. */
  readonly display: SharedDisplay | null
  readonly size: number
}

interface CutOptions {
  /** Added once where outputs were left out because the limit was reached. */
  readonly notice: StreamOutput
  /** Keeps a cut from splitting a possible secret. */
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
  #changes = 0

  /** With `ids` null, displays cannot be updated by their id. */
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

  /** Changes with the outputs. */
  get revision(): string {
    const hasDisplay = this.#entries.some(({ display }) => display !== null)
    return hasDisplay ? `${this.#changes}-${this.#ids?.updates}` : String(this.#changes)
  }

  snapshot(): OutputsSnapshot {
    const shown = this.all
    return {
      outputs: this.#entries.flatMap(({ display }, place) => {
        const output = shown[place]
        return output === undefined ? [] : [{ output, displayId: display?.id ?? null }]
      }),
      clearsBeforeNext: this.#clearsBeforeNext,
      isCut: this.#isCut,
    }
  }

  /** Call for an empty list: makes it what it was at `snapshot()`. */
  restore({ outputs, clearsBeforeNext, isCut }: OutputsSnapshot): void {
    for (const { output, displayId } of outputs) {
      const size = perOutput + sizeOf(output)
      this.#room.use(size)
      const isShared = output.output_type !== 'stream' && displayId !== null
      const display = isShared ? this.#shared(output, { displayId, size }) : null
      this.#entries.push({ output, display, size })
    }
    this.#clearsBeforeNext = clearsBeforeNext
    this.#isCut = isCut
    this.#changes += 1
  }

  get hasValue(): boolean {
    return this.#entries.some(({ output }) => output.output_type === 'execute_result')
  }

  /** As `clear_output`: at once, or with `wait` before the next output. */
  clear(wait: boolean): void {
    this.#clearsBeforeNext ||= wait
    this.#changes += 1
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

  /** False when not all of it fits: further output is then left out until the list is cleared. */
  add(output: Output, displayId: DisplayId | null = null): boolean {
    if (this.#clearsBeforeNext) this.clear(false)
    this.#changes += 1
    const isKept =
      output.output_type === 'stream' ? this.#addStream(output) : this.#addOther(output, displayId)
    if (!isKept && !this.#isCut) {
      this.#isCut = true
      this.note(this.#notice)
    }
    return isKept
  }

  /** Adds a short notice, which does not count against the limit. */
  note(notice: StreamOutput): void {
    this.#entries.push({ output: notice, display: null, size: 0 })
    this.#changes += 1
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

/** The first `room` UTF-16 code units of the text, or one less to keep a surrogate pair whole. */
function fitting(text: string, room: number): string {
  if (text.length <= room) return text
  const end = Math.max(0, room)
  return text.slice(0, splitsPair(text, end) ? end - 1 : end)
}

/** The characters of output that may still be kept, in one cell and in all cells (`whole`). */
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

/** The current data of one display id, shared by all outputs with that id. */
interface SharedDisplay {
  readonly id: DisplayId
  shown: Pick<Display, 'data' | 'metadata'>
  /** Number of outputs with this id. */
  outputs: number
  /** Characters beyond `size`, charged to the budget for an update. */
  growth: number
  size: number
}

/** The displays of all cells by id; an update costs the same however many outputs share it. */
export class DisplayIds {
  /** How often what is shown has changed. */
  updates = 0
  readonly #displays = new Map<DisplayId, SharedDisplay>()
  readonly #room: OutputBudget

  constructor(room: OutputBudget) {
    this.#room = room
  }

  /** Updates all outputs with this id, if any; false when the growth exceeds the budget. */
  update({ displayId, data, metadata }: Display): boolean {
    const display = displayId === null ? undefined : this.#displays.get(displayId)
    if (display === undefined) return true
    const shown = { data: validBundle(data), metadata }
    const growth = Math.max(0, sizeOf(shown) - display.size)
    if (growth - display.growth > this.#room.free) return false
    this.#grow(display, growth)
    display.shown = shown
    this.updates += 1
    return true
  }

  /** Adds an output with this id; all outputs with the id show `shown` from now on. */
  show(id: DisplayId, shown: SharedDisplay['shown'], size: number): SharedDisplay {
    const display = this.#displays.get(id) ?? { id, shown, outputs: 0, growth: 0, size }
    this.#displays.set(id, display)
    this.#grow(display, 0)
    display.shown = shown
    this.updates += 1
    display.outputs += 1
    display.size = size
    return display
  }

  /** Removes one output; an id without outputs is dropped. */
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
