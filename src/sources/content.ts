import { type NotebookSource, sourcedNotebook, sourceElsewhere } from './source.ts'

/**
 * The name of the field of HTTP requests, by which reports name such a notebook, and by which
 * NBTRIGGER_SOURCES allows it.
 */
export const contentAddress = 'notebookContent'

/** A notebook that an HTTP request brings along, as the text of its file. */
export function contentSource(text: string): NotebookSource {
  return sourceElsewhere({
    address: contentAddress,
    name: 'notebook',
    read: async () => sourcedNotebook(Buffer.from(text), { url: contentAddress, version: null }),
  })
}
