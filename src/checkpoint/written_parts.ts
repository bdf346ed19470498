import { jsonText } from '../util/json.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { CheckpointStore } from './store.ts'

/** A part of what is written down, without secrets. */
export interface CheckpointPart {
  readonly name: string
  /** A part is written again when it has another one. */
  readonly revision: string
  readonly read: () => unknown
}

interface WrittenPart {
  readonly revision: string
  readonly file: string
}

/** The parts of a checkpoint that one process has written, each again only when it has another revision. */
export class WrittenParts {
  readonly #store: CheckpointStore
  readonly #writer: string
  readonly #files = new Map<string, WrittenPart>()
  #counter = 0

  /** `writer` is in the names of the files, so that no two processes write the same one. */
  constructor(store: CheckpointStore, writer: string) {
    this.#store = store
    this.#writer = writer
  }

  /**
   * Writes what has changed; returns in which file each part stands. Throws CHECKPOINT_FAILED, and keeps
   * what was written then for the next call.
   */
  async write(parts: readonly CheckpointPart[], signal: AbortSignal): Promise<Checkpoint['parts']> {
    const changed = parts.filter(({ name, revision }) => {
      return this.#files.get(name)?.revision !== revision
    })
    const writes = changed.map(({ name, revision, read }) => {
      this.#counter += 1
      const file = `${name}-${this.#writer}-${this.#counter}`
      return { name, revision, file, text: jsonText(read()) }
    })
    const written = writes.map(async ({ name, revision, file, text }) => {
      await this.#store.writePart(file, text, signal)
      if (!signal.aborted) this.#files.set(name, { revision, file })
    })
    await Promise.allSettled(written)
    await Promise.all(written)
    return Object.fromEntries(Array.from(this.#files, ([name, { file }]) => [name, file]))
  }
}
