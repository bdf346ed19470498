import { posix } from 'node:path'
import { asRunError, RunError } from '../errors.ts'
import type { ContentsApi } from '../jupyter/contents.ts'
import type { JupyterServer } from '../jupyter/server.ts'
import { saveToContents } from '../storage/contents.ts'
import type { Document } from '../storage/serialise.ts'
import { readSegments } from '../util/path_segments.ts'
import {
  type HistoryStore,
  type HistoryStoreKind,
  invalidStore,
  listByTime,
  type ListedFile,
  type Range,
  type StoreContext,
} from './store.ts'

/** A folder of the Jupyter Server. */
export const contentsStore: HistoryStoreKind = {
  scheme: null,
  example: '/folder',
  parse: (path, { text, openServer }) => {
    const refuse = invalidStore(text)
    if (!path.startsWith('/')) throw refuse('it is neither "/folder", "gs://..." nor "file:..."')
    return new ContentsStore(`/${readSegments(path, refuse).join('/')}`, openServer)
  },
}

class ContentsStore implements HistoryStore {
  readonly address: string
  readonly #openServer: StoreContext['openServer']
  #server: JupyterServer | null = null

  constructor(address: string, openServer: StoreContext['openServer']) {
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

  async writeListed(name: string, document: Document, signal: AbortSignal): Promise<void> {
    await this.write(name, document, signal)
  }

  async list(folder: string, range: Range, signal: AbortSignal): Promise<readonly ListedFile[]> {
    return await this.#call(async (contents) => {
      const folders = async (path: string) => (await contents.names(path, signal)).folders
      const files = async (path: string) => (await contents.names(path, signal)).files
      return await listByTime(this.#path(folder), { folders, files }, range)
    })
  }

  async remove(names: readonly string[], signal: AbortSignal): Promise<void> {
    await this.#call(async (contents) => {
      const paths = names.map((name) => this.#path(name))
      for (const path of paths) await contents.delete(path, signal)
      const times = new Set(paths.map((path) => posix.dirname(path)))
      const days = new Set([...times].map((time) => posix.dirname(time)))
      for (const folder of [...times, ...days]) {
        const left = await contents.names(folder, signal)
        if (left.files.length + left.folders.length === 0) await contents.delete(folder, signal)
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
