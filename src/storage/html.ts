import { asRunError } from '../errors.ts'
import { isKnownType } from '../jupyter/nbformat.ts'
import { multilineText } from '../jupyter/read_field.ts'
import type { JupyterServer } from '../jupyter/server.ts'
import { isRecord } from '../util/record.ts'
import { type Document, pageDocument } from './serialise.ts'

export type Rendering =
  | { readonly page: Document; readonly reason: null }
  /** Why there is no page. */
  | { readonly page: null; readonly reason: string }

export interface PageTools {
  readonly server: Pick<JupyterServer, 'nbconvert'>
  /** Takes secrets out of HTML: a page may show as one what a notebook holds in pieces. */
  readonly maskPage: (html: string) => string
}

/**
 * Lets the server's own nbconvert make a page; `name` becomes the page's title. Cells of a type that
 * nbformat 4 does not have, which nbconvert refuses, are shown as raw ones: by their source.
 */
export async function renderPage(
  notebook: { readonly name: string; readonly content: object },
  { server, maskPage }: PageTools,
  signal: AbortSignal,
): Promise<Rendering> {
  const rendered = { ...notebook, content: withKnownCells(notebook.content) }
  try {
    const html = maskPage(await server.nbconvert.renderHtml(rendered, signal))
    return { page: pageDocument(html), reason: null }
  } catch (error) {
    signal.throwIfAborted()
    return { page: null, reason: asRunError(error).message }
  }
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
