import { constants } from 'node:fs'
import { open, readlink, realpath, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { isRecord } from '../jupyter/json.ts'

const openedFiles = '/proc/self/fd'

/**
 * A folder that is held open, so that whoever puts a link in its place meanwhile does not have
 * anything written elsewhere. Systems without /proc offer no such path: there the name counts.
 */
export class PinnedFolder implements AsyncDisposable {
  /** Where it really is. */
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
