import { asRunError } from '../errors.ts'
import type { JupyterServer } from '../jupyter/server.ts'
import { pageDocument, type Document } from './document.ts'

export type Rendering =
  | { readonly page: Document; readonly reason: null }
  /** Why there is no page. */
  | { readonly page: null; readonly reason: string }

/** Lets the server's own nbconvert make a page; `name` becomes the page's title. */
export async function renderPage(
  notebook: { readonly name: string; readonly content: object },
  server: JupyterServer,
  signal: AbortSignal,
): Promise<Rendering> {
  try {
    return { page: pageDocument(await server.renderPage(notebook, signal)), reason: null }
  } catch (error) {
    signal.throwIfAborted()
    return { page: null, reason: asRunError(error).message }
  }
}
