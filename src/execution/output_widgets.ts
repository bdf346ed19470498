import type { CommMessage } from '../jupyter/comm.ts'
import type { Output } from '../jupyter/notebook.ts'
import { listOf, recordOf, textOf } from '../jupyter/read_field.ts'
import { readContent } from '../jupyter/read_message.ts'
import { outputOf } from './output.ts'
import type { OutputList } from './output_list.ts'

interface OutputWidget {
  readonly commId: string
  readonly list: OutputList
  /** The request whose outputs it takes at present. */
  captures: string | null
}

/** The `Output` widgets of a run: each takes the outputs of a request while it is told to. */
export class OutputWidgets {
  readonly #makeList: () => OutputList
  readonly #widgets = new Map<string, OutputWidget>()
  /** The widgets that take the outputs of a request: the last one gets them. */
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

  /** Where the outputs of this request go in place of the cell; null when they stay there. */
  listFor(request: string): OutputList | null {
    const widget = this.#takers.get(request)?.at(-1)
    if (widget === undefined) return null
    this.#changed.add(widget)
    return widget.list
  }

  /** The outputs of the widgets that have taken some since it was asked last. */
  changes(): readonly { readonly commId: string; readonly outputs: readonly Output[] }[] {
    const changed = [...this.#changed]
    this.#changed.clear()
    return changed.map(({ commId, list }) => ({ commId, outputs: list.all }))
  }

  /** The same of all of them. */
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

  /** The kernel knows what it says itself, so that is no change. */
  #setOutputs({ list }: OutputWidget, outputs: unknown): void {
    list.clear(false)
    for (const output of listOf(outputs).map(readOutput)) {
      if (output !== null) list.add(output)
    }
  }
}

/** An output of nbformat, whose fields are those of the message that it came with. */
function readOutput(value: unknown): Output | null {
  const fields = recordOf(value)
  return outputOf(readContent(textOf(fields['output_type']), fields))
}
