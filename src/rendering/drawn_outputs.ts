import { isRecord } from '../util/record.ts'
import { displayOf, type WidgetState } from './mime_types.ts'

export type Fields = Readonly<Record<string, unknown>>

/** Whether a notebook has outputs that a library draws, which the server's nbconvert leaves out. */
export function hasDrawnOutputs(content: object): boolean {
  const widgets = widgetsOf(content)
  return cellsOf(content)
    .flatMap(outputsOf)
    .some((output) => {
      const data = isRecord(output) ? output['data'] : null
      return isRecord(data) && displayOf(data, widgets).way === 'script'
    })
}

export function cellsOf(content: object): readonly Fields[] {
  const cells: unknown = 'cells' in content ? content.cells : null
  return Array.isArray(cells) ? cells.filter(isRecord) : []
}

export function outputsOf({ outputs }: Fields): readonly unknown[] {
  return Array.isArray(outputs) ? outputs : []
}

/** The state of the notebook's widgets by their ids; empty without widgets. */
export function widgetsOf(content: object): WidgetState {
  const metadata: unknown = 'metadata' in content ? content.metadata : null
  const widgets = isRecord(metadata) ? metadata['widgets'] : null
  const bundle = isRecord(widgets) ? widgets['application/vnd.jupyter.widget-state+json'] : null
  const state = isRecord(bundle) ? bundle['state'] : null
  return isRecord(state) ? state : {}
}
