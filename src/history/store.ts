import { type ErrorFactory, RunError } from '../errors.ts'
import type { JupyterServer } from '../jupyter/server.ts'
import type { Document } from '../storage/serialise.ts'
import { quoteAddress } from '../util/text.ts'

/**
 * Where recorded runs are kept. Names are relative paths of four parts, "runs/DAY/TIME/NAME.json";
 * those of later runs sort first. Methods throw a RunError when the store cannot be used.
 */
export interface HistoryStore {
  /** As NBTRIGGER_RUNS names it, for messages. */
  readonly address: string
  write(name: string, document: Document, signal: AbortSignal): Promise<void>
  /** As `write()`, for a text of some hundred bytes, which lists should give back where they can. */
  writeListed(name: string, document: Document, signal: AbortSignal): Promise<void>
  /** The text of a file; null when there is none. */
  read(name: string, signal: AbortSignal): Promise<string | null>
  /**
   * The files below a folder of the first part, such as "runs", whose names "DAY/TIME/NAME.json" come
   * after `after` in the order of their characters, at most `limit` of them.
   */
  list(folder: string, range: Range, signal: AbortSignal): Promise<readonly ListedFile[]>
  /** Removes files, and folders that this leaves empty; those that are gone already are no error. */
  remove(names: readonly string[], signal: AbortSignal): Promise<void>
}

export interface Range {
  /** Empty to begin with the newest. */
  readonly after: string
  readonly limit: number
  /** Whether the texts of the files are wanted, where a list can have them. */
  readonly hasTexts: boolean
}

export interface ListedFile {
  readonly name: string
  /** null where the file has to be read for it. */
  readonly text: string | null
}

/** One kind of store. */
export interface HistoryStoreKind {
  /** What stands before ":" in an address; null for addresses without a scheme. */
  readonly scheme: string | null
  /** How its addresses look, for messages. */
  readonly example: string
  /** Reads what stands behind the scheme; throws ARGUMENTS_INVALID. */
  readonly parse: (rest: string, context: StoreContext) => HistoryStore
}

export interface StoreContext {
  /** The whole address, as it was given. */
  readonly text: string
  /** From where relative paths of files lead; null where that folder was deleted. */
  readonly folder: string | null
  /** Connects to the Jupyter Server of the history; throws when there is none. */
  readonly openServer: () => JupyterServer
  /** The value of STORAGE_EMULATOR_HOST; null for Google's own Cloud Storage. */
  readonly storageEmulator: string | null
}

/** Lists one folder at a time. Names come in any order, and none where there is no such folder. */
export interface FolderReader {
  readonly folders: (path: string) => Promise<readonly string[]>
  readonly files: (path: string) => Promise<readonly string[]>
}

/** Folders that are read at the same time, once it shows that few runs are in each. */
const maxFoldersAtOnce = 16

/**
 * `HistoryStore.list()` for stores that list one folder at a time: it reads the folders of no more
 * days and times than it takes to find so many files.
 */
export async function listByTime(
  root: string,
  { folders, files }: FolderReader,
  { after, limit }: Pick<Range, 'after' | 'limit'>,
): Promise<readonly ListedFile[]> {
  const [firstDay = '', firstTime = ''] = after.split('/')
  const days = new Batches((await folders(root)).filter((day) => day >= firstDay))
  const times = new Batches()
  const names: string[] = []
  while (names.length < limit && !(days.isEmpty && times.isEmpty)) {
    if (times.isEmpty) {
      const found = days.next(limit - names.length).map(async (day) => {
        const inDay = await folders(`${root}/${day}`)
        return inDay
          .filter((time) => day > firstDay || time >= firstTime)
          .map((time) => `${day}/${time}`)
      })
      times.add((await Promise.all(found)).flat())
    }
    const found = times
      .next(limit - names.length)
      .map(async (time) => (await files(`${root}/${time}`)).map((file) => `${time}/${file}`))
    names.push(...(await Promise.all(found)).flat().filter((name) => name > after))
  }
  return names
    .toSorted()
    .slice(0, limit)
    .map((name) => ({ name, text: null }))
}

/** Names in their order, in batches that grow. */
class Batches {
  readonly #names: string[] = []
  #size = 1

  constructor(names: readonly string[] = []) {
    this.add(names)
  }

  get isEmpty(): boolean {
    return this.#names.length === 0
  }

  add(names: readonly string[]): void {
    this.#names.push(...names.toSorted())
  }

  /** At most `max` names: each is a folder that has a run, as a rule. */
  next(max: number): readonly string[] {
    const batch = this.#names.splice(0, Math.min(this.#size, max))
    this.#size = Math.min(2 * this.#size, maxFoldersAtOnce)
    return batch
  }
}

/** Makes errors for an address that cannot be used. */
export function invalidStore(text: string): ErrorFactory {
  return (reason, options) => {
    const what = `Cannot use ${quoteAddress(text)} as NBTRIGGER_RUNS: ${reason}`
    return new RunError('ARGUMENTS_INVALID', what, options)
  }
}
