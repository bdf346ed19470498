import { type CommBuffer, type CommMessage, readContent } from '../jupyter/messages.ts'
import type { Output } from '../jupyter/nbformat.ts'
import { listOf, recordOf, textOf } from '../jupyter/read_field.ts'
import { jsonText } from '../util/json.ts'
import { outputOf, sizeOf } from './output.ts'
import type { OutputList, OutputBudget } from './output_list.ts'
import type { ModelSnapshot, OutputWidgetSnapshot } from './snapshot.ts'

interface OutputWidget {
  readonly commId: string
  readonly list: OutputList
  /** The id of the request that it captures; null for none. */
  captures: string | null
}

/** The `Output` widgets of a run: each captures the outputs of the request in its `msg_id`. */
export class OutputWidgets {
  readonly #makeList: () => OutputList
  readonly #widgets = new Map<string, OutputWidget>()
  /** The widgets that capture a request, by its id; the last one gets the outputs. */
  readonly #takers = new Map<string, OutputWidget[]>()
  readonly #changed = new Set<OutputWidget>()

  constructor(makeList: () => OutputList) {
    this.#makeList = makeList
  }

  open({ commId, target, state }: CommMessage): void {
    if (target !== 'jupyter.widget' || state?.['_model_module'] !== '@jupyter-widgets/output')
      return
    if (state['_model_name'] !== 'OutputModel') return
    const widget = { commId, list: this.#makeList(), captures: null }
    this.#widgets.set(commId, widget)
    this.#setOutputs(widget, state['outputs'])
  }

  update({ commId, state }: CommMessage): void {
    const widget = this.#widgets.get(commId)
    if (widget === undefined || state === null) return
    if ('outputs' in state) this.#setOutputs(widget, state['outputs'])
    if ('msg_id' in state) this.#capture(widget, textOf(state['msg_id']) || null)
  }

  /** The list of the widget that captures this request; null when the cell gets the outputs. */
  listFor(request: string): OutputList | null {
    const widget = this.#takers.get(request)?.at(-1)
    if (widget === undefined) return null
    this.#changed.add(widget)
    return widget.list
  }

  /** All outputs of each widget that captured some since the last call. */
  changes(): readonly { readonly commId: string; readonly outputs: readonly Output[] }[] {
    const changed = [...this.#changed]
    this.#changed.clear()
    return changed.map(({ commId, list }) => ({ commId, outputs: list.all }))
  }

  /** Changes with what the widgets hold. */
  get revision(): string {
    const all = [...this.#widgets.values()]
    return all.map(({ list, captures }) => `${captures} ${list.revision}`).join(' ')
  }

  snapshot(): readonly OutputWidgetSnapshot[] {
    return Array.from(this.#widgets, ([commId, { list, captures }]) => {
      return { commId, captures, ...list.snapshot() }
    })
  }

  restore(widgets: readonly OutputWidgetSnapshot[]): void {
    for (const { commId, captures, ...outputs } of widgets) {
      const widget: OutputWidget = { commId, list: this.#makeList(), captures: null }
      this.#widgets.set(commId, widget)
      widget.list.restore(outputs)
      this.#capture(widget, captures)
    }
  }

  /** The outputs of all widgets by comm id. */
  all(): ReadonlyMap<string, readonly Output[]> {
    return new Map(Array.from(this.#widgets, ([id, { list }]) => [id, list.all]))
  }

  #capture(widget: OutputWidget, request: string | null): void {
    if (widget.captures !== null) this.#release(widget, widget.captures)
    widget.captures = request
    if (request === null) return
    const takers = this.#takers.get(request)
    if (takers === undefined) this.#takers.set(request, [widget])
    else takers.push(widget)
  }

  #release(widget: OutputWidget, request: string): void {
    const takers = this.#takers.get(request) ?? []
    const place = takers.lastIndexOf(widget)
    if (place !== -1) takers.splice(place, 1)
    if (takers.length === 0) this.#takers.delete(request)
  }

  /** Not marked as changed: the kernel sent these outputs itself. */
  #setOutputs({ list }: OutputWidget, outputs: unknown): void {
    list.clear(false)
    for (const output of listOf(outputs).map(readOutput)) {
      if (output !== null) list.add(output)
    }
  }
}

/** Reads an nbformat output, which has the fields of the message with that output; null if invalid. */
function readOutput(value: unknown): Output | null {
  const fields = recordOf(value)
  return outputOf(readContent(textOf(fields['output_type']), fields))
}

type Fields = Readonly<Record<string, unknown>>

/** A part of a state and its approximate size in characters. */
interface Held<Value> {
  readonly value: Value
  readonly size: number
}

type Parts<Value> = Map<string, Held<Value>>

/** Changed in place: the cost of an update depends on its own size, not on that of the state. */
interface Model {
  readonly state: Parts<unknown>
  /** By their path in the state, as JSON text. */
  readonly buffers: Parts<CommBuffer>
}

const perModel = 100

/** The states of a run's widgets, for showing them without a kernel. */
export class WidgetStates {
  /** How often one has changed. */
  changes = 0
  readonly #models = new Map<string, Model>()
  readonly #room: OutputBudget

  constructor(room: OutputBudget) {
    this.#room = room
  }

  /** False when a model's growth exceeds the budget; the model then stays unchanged. */
  add({ commId, state, buffers }: Omit<CommMessage, 'target'>): boolean {
    if (state === null) return true
    const known = this.#models.get(commId)
    const model: Model = known ?? { state: new Map(), buffers: new Map() }
    const news = { state: statePartsOf(state), buffers: bufferPartsOf(buffers) }
    const growth =
      growthBy(model.state, news.state) +
      growthBy(model.buffers, news.buffers) +
      (known === undefined ? perModel : 0)
    if (growth > 0 && growth > this.#room.free) return false
    this.#room.use(growth)
    this.changes += 1
    this.#models.set(commId, model)
    for (const [name, part] of news.state) model.state.set(name, part)
    for (const [place, part] of news.buffers) model.buffers.set(place, part)
    return true
  }

  snapshot(): readonly ModelSnapshot[] {
    return Array.from(this.#models, ([commId, { state, buffers }]) => {
      const values = Array.from(state, ([name, { value }]) => [name, value] as const)
      const held = Array.from(buffers.values(), ({ value }) => value)
      return { commId, state: Object.fromEntries(values), buffers: held }
    })
  }

  restore(models: readonly ModelSnapshot[]): void {
    for (const model of models) this.add(model)
  }

  /** A notebook's `metadata.widgets`, with these outputs of `Output` widgets by comm id. */
  metadata(outputs: ReadonlyMap<string, readonly Output[]>): Fields | null {
    if (this.#models.size === 0) return null
    const models = [...this.#models].filter(([, { state }]) => state.has('_model_name'))
    const state = Object.fromEntries(
      models.map(([id, model]) => [id, saved(model, outputs.get(id))] as const),
    )
    const type = 'application/vnd.jupyter.widget-state+json'
    return { [type]: { state, version_major: 2, version_minor: 0 } }
  }
}

function statePartsOf(state: Fields): Parts<unknown> {
  const parts = Object.entries(state).map(([name, value]) => {
    return [name, { value, size: sizeOf([name, value]) }] as const
  })
  return new Map(parts)
}

function bufferPartsOf(buffers: readonly CommBuffer[]): Parts<CommBuffer> {
  const parts = buffers.map((value) => {
    return [
      jsonText(value.path),
      { value, size: sizeOf(value.path) + value.base64.length },
    ] as const
  })
  return new Map(parts)
}

/** By how many characters the parts grow when `news` are merged into them. */
function growthBy<Value>(parts: Parts<Value>, news: Parts<Value>): number {
  const growths = Array.from(news, ([name, { size }]) => size - (parts.get(name)?.size ?? 0))
  return growths.reduce((sum, growth) => sum + growth, 0)
}

function saved(model: Model, outputs: readonly Output[] | undefined): Fields {
  const state = Object.fromEntries(Array.from(model.state, ([name, { value }]) => [name, value]))
  const buffers = Array.from(model.buffers.values(), ({ value: { path, base64 } }) => {
    return { data: base64, encoding: 'base64', path }
  })
  return {
    model_name: state['_model_name'],
    model_module: state['_model_module'] ?? null,
    model_module_version: state['_model_module_version'] ?? null,
    state: outputs === undefined ? state : { ...state, outputs },
    ...(buffers.length === 0 ? {} : { buffers }),
  }
}
