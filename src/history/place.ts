import { type Refuse, RunError } from '../errors.ts'
import type { JupyterServer } from '../jupyter/server.ts'
import type { Document } from '../storage/serialise.ts'
import { quoteAddress } from '../util/text.ts'

/**
 * Where recorded runs are kept. Names are relative paths of three parts, "runs/DAY/NAME.json"; those
 * of later days and runs sort first. Methods throw a RunError when the place cannot be used.
 */
export interface HistoryPlace {
  /** As NBTRIGGER_RUNS names it, for messages. */
  readonly address: string
  write(name: string, document: Document, signal: AbortSignal): Promise<void>
  /** The text of a file; null when there is none. */
  read(name: string, signal: AbortSignal): Promise<string | null>
  /**
   * The names below a folder of the first part, such as "runs", that come after `after` in the order
   * of their characters: "DAY/NAME.json", at most `limit` of them.
   */
  list(folder: string, range: Range, signal: AbortSignal): Promise<readonly string[]>
  /** Removes files, and folders that this leaves empty; those that are gone already are no error. */
  remove(names: readonly string[], signal: AbortSignal): Promise<void>
}

export interface Range {
  /** Empty to begin with the newest. */
  readonly after: string
  readonly limit: number
}

/** One kind of place. */
export interface HistoryPlaceKind {
  /** What stands before ":" in an address; null for addresses without a scheme. */
  readonly scheme: string | null
  /** How its addresses look, for messages. */
  readonly example: string
  /** Reads what stands behind the scheme; throws ARGUMENTS_INVALID. */
  readonly parse: (rest: string, context: PlaceContext) => HistoryPlace
}

export interface PlaceContext {
  /** The whole address, as it was given. */
  readonly text: string
  /** Connects to the Jupyter Server of the history; throws when there is none. */
  readonly openServer: () => JupyterServer
}

/** The files of one folder, and the folders in it. */
export interface DayReader {
  /** Names of the folders below the folder, in any order. */
  readonly days: () => Promise<readonly string[]>
  /** Names of the files in one of them, in any order. */
  readonly files: (day: string) => Promise<readonly string[]>
}

/** Days that are read at the same time, once it shows that few runs are in each. */
const maxDaysAtOnce = 16

/** `HistoryPlace.list()` for places that list one folder at a time. */
export async function listByDay(
  { days, files }: DayReader,
  { after, limit }: Range,
): Promise<readonly string[]> {
  const [firstDay = ''] = after.split('/')
  const todo = (await days()).filter((day) => day >= firstDay).toSorted()
  const names: string[] = []
  for (let count = 1; todo.length > 0 && names.length < limit; count *= 2) {
    const some = todo.splice(0, Math.min(count, maxDaysAtOnce))
    const found = await Promise.all(
      some.map(async (day) => (await files(day)).map((file) => `${day}/${file}`)),
    )
    names.push(...found.flat().filter((name) => name > after))
  }
  return names.toSorted().slice(0, limit)
}

/** Makes errors for an address that cannot be used. */
export function invalidPlace(text: string): Refuse {
  return (reason, options) => {
    const what = `Cannot use ${quoteAddress(text)} as NBTRIGGER_RUNS: ${reason}`
    return new RunError('ARGUMENTS_INVALID', what, options)
  }
}
