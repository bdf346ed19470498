/** The head of a checkpoint as it is kept. */
export interface StoredHead {
  readonly text: string
  /** A number that grows each time that it is replaced. */
  readonly generation: number
}

/** The files of one run, on this machine or elsewhere. Methods throw CHECKPOINT_FAILED. */
export interface CheckpointFolder {
  /** For people: "file:/home/ann/.local/state/nbtrigger/runs/0199…". */
  readonly address: string
  /** The names of all files. */
  list(signal: AbortSignal): Promise<readonly string[]>
  /** Creates a file with its content at once; false where there is one of this name. */
  create(name: string, text: string, signal: AbortSignal): Promise<boolean>
  write(name: string, text: string, signal: AbortSignal): Promise<void>
  /** null where there is no such file. */
  read(name: string, signal: AbortSignal): Promise<string | null>
  remove(names: readonly string[], signal: AbortSignal): Promise<void>
  /** Removes the folder and what is in it. */
  removeAll(signal: AbortSignal): Promise<void>
}

const headName = /^head-(\d+)\.json$/
/** A head that others may still read is kept a little longer. */
const keptHeads = 2

/**
 * Where the checkpoint of one run is kept: a head that is replaced, and parts to which it refers. Each
 * head is a new file, which only one process can create.
 */
export class CheckpointStore {
  readonly #folder: CheckpointFolder

  constructor(folder: CheckpointFolder) {
    this.#folder = folder
  }

  get address(): string {
    return this.#folder.address
  }

  /** null where there is none. */
  async readHead(signal: AbortSignal): Promise<StoredHead | null> {
    for (;;) {
      const generation = (await this.#generations(signal)).at(-1)
      if (generation === undefined) return null
      const text = await this.#folder.read(fileOfHead(generation), signal)
      if (text !== null) return { text, generation }
      signal.throwIfAborted() // it was replaced at this moment
    }
  }

  /**
   * Replaces the head of this generation; null for a run that has none yet. Returns the new generation,
   * or null where another process has replaced it before.
   */
  async writeHead(
    text: string,
    generation: number | null,
    signal: AbortSignal,
  ): Promise<number | null> {
    const next = (generation ?? 0) + 1
    if (!(await this.#folder.create(fileOfHead(next), text, signal))) return null
    const generations = await this.#generations(signal)
    const isReplaced = generations.at(-1) !== next // others have gone on since, and removed theirs
    const isRemoved = generation !== null && !generations.includes(generation) // the run has ended
    if (isReplaced || isRemoved) {
      await this.#folder.remove([fileOfHead(next)], signal)
      return null
    }
    const old = generations.filter((each) => each <= next - keptHeads)
    await this.#folder.remove(old.map(fileOfHead), signal)
    return next
  }

  async readPart(name: string, signal: AbortSignal): Promise<string | null> {
    return await this.#folder.read(fileOfPart(name), signal)
  }

  async writePart(name: string, text: string, signal: AbortSignal): Promise<void> {
    await this.#folder.write(fileOfPart(name), text, signal)
  }

  async removeParts(names: readonly string[], signal: AbortSignal): Promise<void> {
    await this.#folder.remove(names.map(fileOfPart), signal)
  }

  /** Removes all but the head of this generation, unless there is another one by now. */
  async removeOthers(generation: number, signal: AbortSignal): Promise<void> {
    const names = await this.#folder.list(signal)
    if (generationsIn(names).at(-1) !== generation) return
    const own = fileOfHead(generation)
    await this.#folder.remove(
      names.filter((name) => name !== own),
      signal,
    )
  }

  /** Removes all that is kept of the run, unless the head has another generation. */
  async remove(generation: number, signal: AbortSignal): Promise<void> {
    if ((await this.#generations(signal)).at(-1) === generation)
      await this.#folder.removeAll(signal)
  }

  async #generations(signal: AbortSignal): Promise<readonly number[]> {
    return generationsIn(await this.#folder.list(signal))
  }
}

/** Of the heads that there are, in order. */
function generationsIn(names: readonly string[]): readonly number[] {
  const found = names.flatMap((name) => headName.exec(name)?.[1] ?? [])
  return found.map(Number).toSorted((a, b) => a - b)
}

function fileOfHead(generation: number): string {
  return `head-${generation}.json`
}

function fileOfPart(name: string): string {
  return `${name}.json`
}
