import type { FolderEntry } from '../jupyter/contents.ts'

export interface SearchLimits {
  readonly folders: number
  readonly entries: number
  /** Folders that are read at a time. */
  readonly atOnce: number
}

const defaultLimits: SearchLimits = { folders: 500, entries: 200, atOnce: 4 }

/** Folders of packages and caches, in which nobody keeps notebooks to run. */
const skipped = new Set(['node_modules', '__pycache__', 'site-packages', 'venv', '.venv', '.git'])

export interface Found {
  readonly entries: readonly FolderEntry[]
  /** Whether there may be more. */
  readonly isCut: boolean
}

interface NotebookSearch {
  /** The folder to begin with. */
  readonly from: string
  /** Lists a folder. */
  readonly read: (folder: string) => Promise<readonly FolderEntry[]>
  readonly limits?: SearchLimits
}

/**
 * The folders and notebooks with `text` in their names, in any folder, whatever its case; those in
 * the upper folders come first. A folder that cannot be read, except the first, is left out.
 */
export async function searchNotebooks(
  text: string,
  { from, read, limits = defaultLimits }: NotebookSearch,
): Promise<Found> {
  const lowerText = text.toLowerCase()
  const found: FolderEntry[] = []
  let level: readonly FolderEntry[] = await read(from)
  let folders = 1
  for (;;) {
    found.push(...level.filter(({ name }) => name.toLowerCase().includes(lowerText)))
    const inside = level.filter(({ type, name }) => type === 'directory' && !skipped.has(name))
    const taken = inside.slice(0, limits.folders - folders)
    folders += taken.length
    const isCut = found.length > limits.entries || taken.length < inside.length
    if (isCut || inside.length === 0) return { entries: found.slice(0, limits.entries), isCut }
    level = await readAll(taken, read, limits.atOnce)
  }
}

async function readAll(
  folders: readonly FolderEntry[],
  read: (folder: string) => Promise<readonly FolderEntry[]>,
  atOnce: number,
): Promise<readonly FolderEntry[]> {
  const entries: FolderEntry[] = []
  for (let at = 0; at < folders.length; at += atOnce) {
    const some = folders.slice(at, at + atOnce)
    const lists = await Promise.allSettled(some.map(({ path }) => read(path)))
    for (const list of lists) if (list.status === 'fulfilled') entries.push(...list.value)
  }
  return entries
}
