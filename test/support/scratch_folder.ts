import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder of its own under the system's temporary one, removed with all that is in it. */
export class ScratchFolder implements AsyncDisposable {
  readonly path: string

  private constructor(path: string) {
    this.path = path
  }

  static async make(name: string): Promise<ScratchFolder> {
    return new ScratchFolder(await mkdtemp(join(tmpdir(), `nbtrigger-${name}-`)))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true, maxRetries: 5 })
  }
}
