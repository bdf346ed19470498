import type { CommBuffer, CommMessage } from '../jupyter/comm.ts'
import type { Output } from '../jupyter/notebook.ts'

type Fields = Readonly<Record<string, unknown>>

interface Model {
  state: Fields
  /** By their place in the state. */
  readonly buffers: Map<string, CommBuffer>
}

/** What the widgets of a run have come to, so that a page can show them without a kernel. */
export class WidgetStates {
  readonly #models = new Map<string, Model>()

  add({ commId, state, buffers }: CommMessage): void {
    if (state === null) return
    const model = this.#models.get(commId) ?? { state: {}, buffers: new Map() }
    this.#models.set(commId, model)
    model.state = { ...model.state, ...state }
    for (const buffer of buffers) model.buffers.set(JSON.stringify(buffer.path), buffer)
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
