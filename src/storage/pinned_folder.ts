import { constants } from 'node:fs'
import { type FileHandle, open, readlink, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { isRecord } from '../util/record.ts'

const openedFiles = '/proc/self/fd'

/**
 * A folder that is held open, so that a link that is put in its place meanwhile leads nothing
 * elsewhere. On systems without /proc there is no path for an open folder, and its name is used.
 */
export class PinnedFolder implements AsyncDisposable {
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
