import { jsonText } from '../exact_json.ts'
import type { CommBuffer, CommMessage } from '../jupyter/comm.ts'
import type { Output } from '../jupyter/notebook.ts'
import { sizeOf } from './output.ts'
import type { OutputRoom } from './output_room.ts'

type Fields = Readonly<Record<string, unknown>>

interface Model {
  readonly state: Fields
  /** By their place in the state. */
  readonly buffers: ReadonlyMap<string, CommBuffer>
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
    const model = this.#models.get(commId)
    const news = new Map(buffers.map((buffer) => [jsonText(buffer.path), buffer]))
    const growth = model === undefined ? perModel : -sizeOfSame(model, { state, buffers: news })
    const size = growth + sizeOfModel({ state, buffers: news })
    if (size > 0 && size > this.#room.free) return false
    this.#room.use(size)
    this.#models.set(commId, {
      state: { ...model?.state, ...state },
      buffers: new Map([...(model?.buffers ?? []), ...news]),
    })
    return true
  }

  /** What `metadata.widgets` of a notebook holds, with the outputs that widgets have taken. */
  metadata(outputs: ReadonlyMap<string, readonly Output[]>): Fields | null {
    if (this.#models.size === 0) return null
    const models = [...this.#models].filter(([, { state }]) => '_model_name' in state)
    const state = Object.fromEntries(
      models.map(([id, model]) => [id, saved(model, outputs.get(id))] as const),
    )
    const type = 'application/vnd.jupyter.widget-state+json'
    return { [type]: { state, version_major: 2, version_minor: 0 } }
  }
}

function sizeOfModel({ state, buffers }: Model): number {
  const bytes = Array.from(buffers.values(), ({ base64 }) => base64.length)
  return bytes.reduce((sum, size) => sum + size, sizeOf(state))
}

/** What of the model is replaced by these news. */
function sizeOfSame(model: Model, news: Model): number {
  const state = Object.entries(model.state).filter(([name]) => Object.hasOwn(news.state, name))
  const buffers = [...model.buffers].filter(([path]) => news.buffers.has(path))
  return sizeOfModel({ state: Object.fromEntries(state), buffers: new Map(buffers) })
}

function saved({ state, buffers }: Model, outputs: readonly Output[] | undefined): Fields {
  const list = Array.from(buffers.values(), ({ path, base64 }) => {
    return { data: base64, encoding: 'base64', path }
  })
  return {
    model_name: state['_model_name'],
    model_module: state['_model_module'] ?? null,
    model_module_version: state['_model_module_version'] ?? null,
    state: outputs === undefined ? state : { ...state, outputs },
    ...(list.length === 0 ? {} : { buffers: list }),
  }
}
