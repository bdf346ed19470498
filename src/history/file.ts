import { readdir, readFile, rm, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { messageOf, RunError } from '../errors.ts'
import { saveToFile } from '../storage/file.ts'
import type { Document } from '../storage/serialise.ts'
import { noop } from '../util/abort.ts'
import { absolutePath, checkFilePath } from '../util/file_path.ts'
import { isMissing } from '../util/system_reason.ts'
import {
  type HistoryStore,
  type HistoryStoreKind,
  invalidStore,
  listByTime,
  type ListedFile,
  type Range,
} from './store.ts'

/** A folder of this machine. Only the environment can name it, so every entry may use it. */
export const fileStore: HistoryStoreKind = {
  scheme: 'file',
  example: 'file:FOLDER',
  parse: (path, { text, folder }) => {
    const refuse = invalidStore(text)
    if (path === '') throw refuse('it names no folder')
    checkFilePath(path, refuse)
    return new FileStore(absolutePath(path, folder, refuse))
  },
}

class FileStore implements HistoryStore {
  readonly address: string
  readonly #folder: string

  constructor(folder: string) {
    this.address = `file:${folder}`
    this.#folder = folder
  }

  async write(name: string, document: Document, signal: AbortSignal): Promise<void> {
    const base = this.#folder
    await saveToFile({ path: name, base, folder: '.' }, document, signal)
  }

  async read(name: string, signal: AbortSignal): Promise<string | null> {
    const path = join(this.#folder, name)
    return await this.#orMissing(readFile(path, { encoding: 'utf8', signal }), null)
  }

  async writeListed(name: string, document: Document, signal: AbortSignal): Promise<void> {
    await this.write(name, document, signal)
  }

  async list(folder: string, range: Range): Promise<readonly ListedFile[]> {
    const names = async (path: string) =>
      (await this.#orMissing(readdir(path), [])).filter((name) => !name.startsWith('.'))
    return await listByTime(join(this.#folder, folder), { folders: names, files: names }, range)
  }

  async remove(names: readonly string[]): Promise<void> {
    const paths = names.map((name) => join(this.#folder, name))
    for (const path of paths) await this.#orMissing(rm(path), undefined)
    const times = new Set(paths.map((path) => dirname(path)))
    const days = new Set([...times].map((time) => dirname(time)))
    for (const folder of [...times, ...days]) {
      await rmdir(folder).catch(noop) // others are left in it
    }
  }

  /** What `work` gives, or `missing` where there is no such file. */
  async #orMissing<Value>(work: Promise<Value>, missing: Value): Promise<Value> {
    try {
      return await work
    } catch (cause) {
      if (isMissing(cause)) return missing
      const what = `Cannot use the history in "${this.address}": ${messageOf(cause)}`
      throw new RunError('HISTORY_UNAVAILABLE', what, { cause })
    }
  }
}
