import { posix } from 'node:path'
import { asRunError, RunError } from '../errors.ts'
import type { ContentsApi } from '../jupyter/contents.ts'
import type { JupyterServer } from '../jupyter/server.ts'
import { saveToContents } from '../storage/contents.ts'
import type { Document } from '../storage/serialise.ts'
import { readSegments } from '../util/path_segments.ts'
import {
  type HistoryPlace,
  type HistoryPlaceKind,
  invalidPlace,
  listByDay,
  type PlaceContext,
  type Range,
} from './place.ts'

/** A folder of the Jupyter Server. */
export const contentsPlace: HistoryPlaceKind = {
  scheme: null,
  example: '/folder',
  parse: (path, { text, openServer }) => {
    const refuse = invalidPlace(text)
    if (!path.startsWith('/')) throw refuse('it is neither "/folder", "gs://..." nor "file:..."')
    return new ContentsPlace(`/${readSegments(path, refuse).join('/')}`, openServer)
  },
}

class ContentsPlace implements HistoryPlace {
  readonly address: string
  readonly #openServer: PlaceContext['openServer']
  #server: JupyterServer | null = null

  constructor(address: string, openServer: PlaceContext['openServer']) {
    this.address = address
    this.#openServer = openServer
  }

  async write(name: string, document: Document, signal: AbortSignal): Promise<void> {
    // Of a notebook, the server would also keep a checkpoint.
    const content = Buffer.from(document.bytes).toString()
    const model = { type: 'file', format: 'text', content } as const
    const tools = { document: { ...document, model }, server: this.#opened() }
    await saveToContents(this.#path(name), tools, signal)
  }

  async read(name: string, signal: AbortSignal): Promise<string | null> {
    return await this.#call((contents) => contents.text(this.#path(name), signal))
  }

  async list(folder: string, range: Range, signal: AbortSignal): Promise<readonly string[]> {
    return await this.#call(async (contents) => {
      const days = async () => (await contents.names(this.#path(folder), signal)).folders
      const files = async (day: string) =>
        (await contents.names(this.#path(`${folder}/${day}`), signal)).files
      return await listByDay({ days, files }, range)
    })
  }

  async remove(names: readonly string[], signal: AbortSignal): Promise<void> {
    await this.#call(async (contents) => {
      for (const name of names) await contents.delete(this.#path(name), signal)
      for (const day of new Set(names.map((name) => this.#path(posix.dirname(name))))) {
        const { files, folders } = await contents.names(day, signal)
        if (files.length + folders.length === 0) await contents.delete(day, signal)
      }
    })
  }

  #path(name: string): string {
    return posix.join(this.address, name)
  }

  #opened(): JupyterServer {
    this.#server ??= this.#openServer()
    return this.#server
  }

  async #call<Value>(work: (contents: ContentsApi) => Promise<Value>): Promise<Value> {
    try {
      return await work(this.#opened().contents)
    } catch (cause) {
      const { what, advice } = asRunError(cause)
      const reason = `Cannot use the history in "${this.address}" of the Jupyter Server: ${what}`
      throw new RunError('HISTORY_UNAVAILABLE', reason, { advice, cause })
    }
  }
}
