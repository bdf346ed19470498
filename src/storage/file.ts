import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import {
  type FileHandle,
  lstat,
  mkdir,
  open,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { type Reason, RunError } from '../errors.ts'
import { noop } from '../util/abort.ts'
import { absolutePath, checkFilePath } from '../util/file_path.ts'
import { isRecord } from '../util/record.ts'
import { systemReason } from '../util/system_reason.ts'
import {
  checkFormat,
  type Destination,
  type DestinationKind,
  formatOf,
  invalidOutput,
  type ParseContext,
} from './destination.ts'
import type { Document } from './serialise.ts'

/** A file of this machine. */
export const fileDestination: DestinationKind = {
  scheme: 'file',
  example: 'file:PATH',
  parse: (rest, context) => {
    const path = sep === '\\' ? rest.replaceAll('\\', '/') : rest
    checkFileDestination(path, context)
    const folder = literalFolder(path)
    return fileAt({ path, folder, base: baseOf(folder, context) })
  },
}

export interface FilePlace {
  /** As it was given: from the root, or from `base`. */
  readonly path: string
  /** A folder, from the root. */
  readonly base: string
  /** The folder that the file must not leave by a link, from the root or from `base`. */
  readonly folder: string
}

function fileAt(place: FilePlace): Destination {
  const { path } = place
  return {
    address: addressOf(place),
    format: formatOf(path),
    path,
    at: (other) => fileAt({ ...place, path: other }),
    save: (document, _, signal) => saveToFile(place, document, signal),
  }
}

function addressOf({ path, base }: FilePlace): string {
  return `file:${resolve(base, path)}`
}

function checkFileDestination(path: string, { text, allowFiles }: ParseContext): void {
  if (!allowFiles) {
    const advice = 'use "/path" or "gs://bucket/object"'
    throw invalidOutput(text, 'files are for the command alone', { advice })
  }
  checkFilePath(path, (reason, options) => invalidOutput(text, reason, options))
  checkFormat(path, text)
}

/** The folder from which the path leads: it is not part of it, for its name may have braces. */
function baseOf(path: string, { text, folder }: ParseContext): string {
  absolutePath(path, folder, (reason, options) => invalidOutput(text, reason, options))
  return folder ?? '/'
}

/** The folders before the first placeholder. */
export function literalFolder(path: string): string {
  const [literal = ''] = path.split('{')
  const end = literal.lastIndexOf('/')
  return end === 0 ? '/' : literal.slice(0, Math.max(end, 0)) || '.'
}

const problems: Readonly<Record<string, string>> = {
  EACCES: 'there is no permission to write there',
  EPERM: 'there is no permission to write there',
  EROFS: 'nothing can be written on that disk',
  ENOTDIR: 'one of its folders is a file',
  EEXIST: 'one of its folders is a file',
  EISDIR: 'there is a folder of this name',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENAMETOOLONG: 'the name is too long',
}

/**
 * Writes a new file next to the old one and renames it, so that a reader sees one or the other. It
 * keeps the mode of the old one, and a link to it stays a link. Links of the literal folder are
 * trusted; a path that leads out of it is refused, whatever placeholders put into it. Throws
 * OUTPUT_NOT_SAVED, or why `signal` aborts.
 */
export async function saveToFile(
  place: FilePlace,
  document: Document,
  signal: AbortSignal,
): Promise<void> {
  const wanted = resolve(place.base, place.path)
  try {
    const root = await trustedFolder(resolve(place.base, place.folder))
    await makeFolder(dirname(wanted), root)
    const path = await realpath(wanted).catch(() => wanted) // not there, or a link to nothing
    await using folder = await PinnedFolder.open(await realpath(dirname(path)))
    checkInside(folder.realPath, root)
    await replaceFile(folder, { name: basename(path), document }, signal)
  } catch (cause) {
    throw signal.aborted ? signal.reason : notWritten(place, cause)
  }
}

async function replaceFile(
  folder: PinnedFolder,
  { name, document }: { readonly name: string; readonly document: Document },
  signal: AbortSignal,
): Promise<void> {
  const beside = folder.file(`.nbtrigger-${randomUUID()}`)
  try {
    const mode = await modeOf(folder.file(name))
    await writeFile(beside, document.bytes, { signal, flush: true, mode, flag: 'wx' })
    await rename(beside, folder.file(name)) // a link of this name is replaced, not followed
  } catch (error) {
    await rm(beside, { force: true }).catch(noop) // it may never have been there
    throw error
  }
}

/** The path of the folder without links; it is created if it is missing. */
async function trustedFolder(path: string): Promise<string> {
  await makeFolder(path, null)
  return await realpath(path)
}

class LeavesFolder extends Error {}

function checkInside(path: string, root: string): void {
  const way = relative(root, path)
  const leaves = way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)
  if (leaves) throw new LeavesFolder(`it leads out of the folder "${root}", to "${path}"`)
}

/**
 * Creates a folder and those above it, none of them outside `root`; null allows all. One after the
 * other: Node's recursive mkdir() never ends where none can be created.
 */
async function makeFolder(path: string, root: string | null): Promise<void> {
  if (await isFolder(path)) {
    if (root !== null) checkInside(await realpath(path), root)
    return
  }
  await makeFolder(dirname(path), root)
  await mkdir(path).catch(async (cause: unknown) => {
    if (!(await isFolder(path))) throw cause // else it was created meanwhile
  })
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    if (isRecord(error) && error['code'] === 'ENOENT') return false
    throw error
  }
}

/** The mode of the file that is replaced: a private one stays private. */
async function modeOf(path: string): Promise<number> {
  return await lstat(path).then(
    (found) => (found.isFile() ? found.mode & 0o777 : 0o666),
    () => 0o666,
  )
}

function notWritten(place: FilePlace, cause: unknown): RunError {
  const { what, advice = null } = reasonOf(cause)
  const cannot = `Cannot save "${addressOf(place)}"`
  return new RunError('OUTPUT_NOT_SAVED', `${cannot}: ${what}`, { advice, cause })
}

function reasonOf(cause: unknown): Reason {
  if (cause instanceof LeavesFolder) {
    const advice = 'name the place itself as the destination if it is meant'
    return { what: cause.message, advice }
  }
  return { what: systemReason(cause, problems) }
}

const openedFiles = '/proc/self/fd'

/**
 * A folder that is held open, so that a link that is put in its place meanwhile leads nothing
 * elsewhere. On systems without /proc there is no path for an open folder, and its name is used.
 */
class PinnedFolder implements AsyncDisposable {
  /** Its path without links. */
  readonly realPath: string
  readonly #handle: FileHandle
  /** Leads to the folder that was opened, wherever its name leads now. */
  readonly #base: string

  private constructor(handle: FileHandle, base: string, realPath: string) {
    this.#handle = handle
    this.#base = base
    this.realPath = realPath
  }

  /** Opens a folder whose path has no links; throws what the system says. */
  static async open(path: string): Promise<PinnedFolder> {
    const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants
    const handle = await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    try {
      const pinned = join(openedFiles, String(handle.fd))
      // Read, not resolved: the name of a folder that was moved or deleted may be a link by now.
      const found = await readlink(pinned).catch((error: unknown) => {
        if (isRecord(error) && error['code'] === 'ENOENT') return null // there is no /proc
        throw error
      })
      if (found !== null) return new PinnedFolder(handle, pinned, found)
      return new PinnedFolder(handle, path, await realpath(path))
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  /** The path by which to reach a file of this name in the folder. */
  file(name: string): string {
    return join(this.#base, name)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close()
  }
}
