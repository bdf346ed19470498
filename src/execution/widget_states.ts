import { jsonText } from '../exact_json.ts'
import type { CommBuffer, CommMessage } from '../jupyter/comm.ts'
import type { Output } from '../jupyter/notebook.ts'
import { sizeOf } from './output.ts'
import type { OutputRoom } from './output_room.ts'

type Fields = Readonly<Record<string, unknown>>

/** A part of a state and about how much room it takes. */
interface Held<Value> {
  readonly value: Value
  readonly size: number
}

type Parts<Value> = Map<string, Held<Value>>

/** Changed in place: an update costs what it brings, however large the state is. */
interface Model {
  readonly state: Parts<unknown>
  /** By their place in the state. */
  readonly buffers: Parts<CommBuffer>
}

const perModel = 100

/** What the widgets of a run have come to, so that a page can show them without a kernel. */
export class WidgetStates {
  readonly #models = new Map<string, Model>()
  readonly #room: OutputRoom

  constructor(room: OutputRoom) {
    this.#room = room
  }

  /** False when there is no room for what a model grows by: then it stays as it was. */
  add({ commId, state, buffers }: CommMessage): boolean {
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
    this.#models.set(commId, model)
    for (const [name, part] of news.state) model.state.set(name, part)
    for (const [place, part] of news.buffers) model.buffers.set(place, part)
    return true
  }

  /** What `metadata.widgets` of a notebook holds, with the outputs that widgets have taken. */
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

/** How much more room the parts take with the new ones among them. */
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
