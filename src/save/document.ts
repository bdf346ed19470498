import type { ContentsModel } from '../jupyter/contents.ts'
import { notebookText } from './notebook_text.ts'

/** One thing to store, in the two forms that destinations take. */
export interface Document {
  readonly bytes: Uint8Array
  readonly mediaType: string
  /** The same for Jupyter's contents API. */
  readonly model: ContentsModel
}

export function notebookDocument(content: object): Document {
  return {
    bytes: Buffer.from(notebookText(content)),
    mediaType: 'application/x-ipynb+json',
    model: { type: 'notebook', format: 'json', content },
  }
}

export function pageDocument(html: string): Document {
  return {
    bytes: Buffer.from(html),
    mediaType: 'text/html; charset=utf-8',
    model: { type: 'file', format: 'text', content: html },
  }
}
