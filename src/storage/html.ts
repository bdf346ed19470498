import { asRunError, type RunError } from '../errors.ts'
import { isKnownType } from '../jupyter/nbformat.ts'
import { multilineText } from '../jupyter/read_field.ts'
import type { JupyterServer } from '../jupyter/server.ts'
import { hasDrawnOutputs } from '../rendering/drawn_outputs.ts'
import { hidesSomeCode } from '../rendering/hidden_input.ts'
import { isRecord } from '../util/record.ts'
import { oneLine } from '../util/text.ts'
import { type Document, pageDocument } from './serialise.ts'

export type Rendering =
  | { readonly page: Document; readonly error: null; readonly warnings: readonly string[] }
  /** Why there is no page. */
  | { readonly page: null; readonly error: RunError }

export interface PageTools {
  readonly server: Pick<JupyterServer, 'nbconvert'>
  /** Takes secrets out of HTML: a page may show as one what a notebook holds in pieces. */
  readonly maskPage: (html: string) => string
  /** Whether code is left out (--no-input). */
  readonly hidesInput: boolean
}

interface RenderedNotebook {
  readonly name: string
  readonly content: object
}

/**
 * The notebook as a page; `name` becomes its title. The server's own nbconvert makes it, with the
 * style and the templates of that server, unless the notebook has outputs that nbconvert leaves out,
 * or code that is to be hidden. Cells of a type that nbformat 4 does not have, which nbconvert
 * refuses, are shown as raw ones: by their source. What goes wrong is returned; throws only when
 * `signal` aborts.
 */
export async function renderPage(
  notebook: RenderedNotebook,
  tools: PageTools,
  signal: AbortSignal,
): Promise<Rendering> {
  const { server, maskPage, hidesInput } = tools
  const rendered = { ...notebook, content: withKnownCells(notebook.content) }
  try {
    const { content } = rendered
    const isOwn = hidesInput || hidesSomeCode(content) || hasDrawnOutputs(content)
    if (isOwn) return await ownPage(rendered, tools)
    const html = maskPage(await server.nbconvert.renderHtml(rendered, signal))
    return { page: pageDocument(html), error: null, warnings: [] }
  } catch (error) {
    signal.throwIfAborted()
    return { page: null, error: asRunError(error) }
  }
}

async function ownPage(
  { name, content }: RenderedNotebook,
  { maskPage, hidesInput }: PageTools,
): Promise<Rendering> {
  const { notebookPage } = await import('../rendering/notebook_page.ts')
  const options = { name: name.replace(/\.ipynb$/, ''), hidesInput, maskPage }
  const { html, missing } = await notebookPage(content, options)
  const shown = missing.map((type) => oneLine(type, 100)).join(', ')
  const warning = `The page of the notebook cannot show outputs of the type ${shown}; JupyterLab can`
  return { page: pageDocument(html), error: null, warnings: missing.length === 0 ? [] : [warning] }
}

function withKnownCells(content: object): object {
  const cells: unknown = 'cells' in content ? content.cells : null
  if (!Array.isArray(cells)) return content
  return { ...content, cells: cells.map((cell) => (isUnknown(cell) ? asRaw(cell) : cell)) }
}

function isUnknown(cell: unknown): cell is Readonly<Record<string, unknown>> {
  return isRecord(cell) && !isKnownType(cell['cell_type'])
}

function asRaw({ id, source }: Readonly<Record<string, unknown>>): object {
  const text = multilineText(source) ?? ''
  return { cell_type: 'raw', ...(typeof id === 'string' && { id }), metadata: {}, source: text }
}
