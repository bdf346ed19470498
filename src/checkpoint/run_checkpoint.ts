import { randomUUID } from 'node:crypto'
import { asRunError, RunError } from '../errors.ts'
import type { Resumption } from '../events.ts'
import { noAnswer } from '../google/api.ts'
import { abortable, deadline, neverAborts, noop } from '../util/abort.ts'
import { jsonText, tryParseJson } from '../util/json.ts'
import {
  type Checkpoint,
  checkpointVersion,
  type Owner,
  type Progress,
  readCheckpoint,
  type StoredInput,
} from './checkpoint.ts'
import type { CheckpointStore } from './store.ts'
import { type CheckpointPart, WrittenParts } from './written_parts.ts'

/** A run as it stands, without secrets. */
export interface RunSnapshot {
  readonly progress: Progress
  readonly parts: readonly CheckpointPart[]
}

/** A checkpoint that was found. */
export interface FoundCheckpoint {
  readonly checkpoint: Checkpoint
  readonly generation: number
}

export interface RunCheckpointOptions {
  readonly store: CheckpointStore
  readonly runId: string
  readonly messageId: string | null
  readonly owner: Owner
  readonly input: StoredInput | null
  /** What an earlier process of the run has left; null for a new run. */
  readonly found: FoundCheckpoint | null
  /** Whether the run is only to be ended. */
  readonly cancels?: boolean
  /** Of the task of the job that performs the run, from 0; left out for a command. */
  readonly attempt?: number
  /**
   * Whether no other process will be started for the run: then it is left only to one that takes it over.
   * Left out for a command, which a person has to start again.
   */
  readonly isLast?: boolean
}

/** How often it is written while one cell runs. */
const saveEveryMs = 30_000
const checkMs = 1_000
const maxWriteMs = 10_000
/** A connection that broke is not opened again before. */
const maxCheckMs = 3_000

/** Finds what a process has left of a run; null where there is nothing. Throws CHECKPOINT_FAILED. */
export async function findCheckpoint(
  store: CheckpointStore,
  signal: AbortSignal,
): Promise<FoundCheckpoint | null> {
  const head = await store.readHead(signal)
  if (head === null) return null
  const { text, generation } = head
  return { checkpoint: readCheckpoint(text, store.address), generation }
}

/**
 * Writes down how far a run is, so that another process can go on with it when this one dies. Once
 * another process has done so, `signal` aborts with TAKEN_OVER, and nothing is written any more.
 */
export class RunCheckpoint implements Disposable {
  readonly cancels: boolean
  /** What an earlier process has left of the run; null for a new one. */
  readonly previous: Checkpoint | null
  readonly #options: RunCheckpointOptions
  readonly #writer = randomUUID().slice(0, 8)
  readonly #parts: WrittenParts
  readonly #lost = new AbortController()
  #head: Checkpoint
  #generation: number | null
  #isOurs = false
  #isLeft: boolean
  /** Whether it was ever written how far the cells are. */
  #hasProgress: boolean
  #writtenTick = 0
  #last: Promise<unknown> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined
  #onProblem: (message: string) => void = noop
  #hasWarned = false

  constructor(options: RunCheckpointOptions) {
    const { runId, messageId, owner, input, found } = options
    this.#options = options
    this.#parts = new WrittenParts(options.store, this.#writer)
    this.cancels = options.cancels ?? false
    this.previous = found?.checkpoint ?? null
    this.#isLeft = found !== null
    this.#hasProgress = (this.previous?.progress ?? null) !== null
    this.#generation = found?.generation ?? null
    this.#head = {
      input,
      resumed: [],
      kernels: [],
      progress: null,
      ended: null,
      parts: {},
      ...this.previous,
      version: checkpointVersion,
      runId,
      messageId,
      owner,
      attempt: options.attempt ?? null,
      writer: this.#writer,
      at: new Date().toISOString(),
    }
  }

  get runId(): string {
    return this.#head.runId
  }

  get signal(): AbortSignal {
    return this.#lost.signal
  }

  /** Whether `begin()` or `claim()` has made the run that of this process. */
  get hasBegun(): boolean {
    return this.#isOurs
  }

  /** Whether the run, and its kernel, are left to another process. */
  get isLeft(): boolean {
    return this.#isLeft
  }

  /** Where there will be no other process, it stays with this one until that is taken over. */
  set isLeft(isLeft: boolean) {
    const mayBeLeft = this.#options.isLast !== true || this.signal.aborted
    this.#isLeft = isLeft && mayBeLeft
  }

  /** Whether another process will begin with the first cell: it was never written how far the cells are. */
  get isBegunAgain(): boolean {
    return this.#options.isLast === false && !this.#hasProgress
  }

  /** Each time that another process went on with the run, this one included. */
  get resumed(): readonly Resumption[] {
    return this.#head.resumed
  }

  /**
   * Makes the run that of this process, unless it is already, before anything else is done. Throws as
   * `claim()` does. `onProblem` is told once that it cannot be written.
   */
  async begin(onProblem: (message: string) => void, signal: AbortSignal): Promise<void> {
    this.#onProblem = onProblem
    if (!this.#isOurs) await this.claim(signal)
  }

  /** Throws TAKEN_OVER where another process has been quicker, and CHECKPOINT_FAILED. */
  async claim(signal: AbortSignal): Promise<void> {
    const { previous } = this
    if (previous !== null && !this.#isClaimed(previous)) {
      const now = new Date()
      const afterMs = Math.max(0, now.getTime() - Date.parse(previous.at))
      const resumed = [...previous.resumed, { at: now.toISOString(), afterMs }]
      this.#head = { ...this.#head, resumed }
    }
    using limit = deadline(maxWriteMs, tooSlow, signal)
    await abortable(this.#writeHead(limit.signal), limit.signal)
    this.#isOurs = true
    this.isLeft = false
  }

  /** The content of all parts that `previous` refers to, by their names. Throws CHECKPOINT_FAILED. */
  async readParts(signal: AbortSignal): Promise<ReadonlyMap<string, unknown>> {
    const { store } = this.#options
    const parts = Object.entries(this.previous?.parts ?? {}).map(async ([name, file]) => {
      const text = await store.readPart(file, signal)
      const content = text === null ? undefined : tryParseJson(text)
      if (content !== undefined) return [name, content] as const
      const reason = `its part "${file}" is ${text === null ? 'missing' : 'damaged'}`
      const what = `Cannot read the checkpoint in "${store.address}": ${reason}`
      throw new RunError('CHECKPOINT_FAILED', what)
    })
    return new Map(await Promise.all(parts))
  }

  /** Call when the server has started a kernel for the run, or is about to. Does not wait. */
  addKernel(id: string): void {
    if (this.#head.kernels.includes(id)) return
    this.#head = { ...this.#head, kernels: [...this.#head.kernels, id] }
    if (this.#isOurs && this.#head.progress === null) void this.#inTurn(() => null).catch(noop)
  }

  /**
   * Writes the run down now. Throws TAKEN_OVER; and CHECKPOINT_FAILED as long as it was never written how
   * far the cells are, since another process would begin with the first one.
   */
  async save(read: () => RunSnapshot): Promise<void> {
    await this.#inTurn(read)
  }

  /** Does so every now and then from here on, until it is disposed. */
  saveRegularly(read: () => RunSnapshot): void {
    this.#writtenTick = performance.now()
    const saveIfDue = () => {
      if (performance.now() - this.#writtenTick >= saveEveryMs) void this.save(read).catch(noop)
    }
    clearInterval(this.#timer)
    this.#timer = setInterval(saveIfDue, checkMs).unref()
  }

  /** Throws TAKEN_OVER where another process is known to perform the run. */
  async check(): Promise<void> {
    if (this.#isOurs) await this.#checkHead(maxCheckMs)
  }

  /**
   * Call in place of `remove()` where another process may still be started for the run: it finds `ended`
   * and nothing else. Throws TAKEN_OVER and CHECKPOINT_FAILED, after which it may be called again; where
   * it was never written, the other process ends the run once more.
   */
  async finish(ended: unknown): Promise<void> {
    this[Symbol.dispose]()
    await this.#last.catch(noop)
    if (!this.#isOurs || this.isLeft) return
    this.#head = { ...this.#head, ended, progress: null, parts: {} }
    using limit = deadline(maxWriteMs, tooSlow)
    const generation = await abortable(this.#writeHead(limit.signal), limit.signal)
    await this.#options.store.removeOthers(generation, limit.signal)
  }

  /** The same for a run that the other process is to begin with the first cell. */
  async startOver(): Promise<void> {
    await this.finish(null)
  }

  /** Call when all is done and the report is where it belongs. Never throws. */
  async remove(): Promise<void> {
    this[Symbol.dispose]()
    await this.#last.catch(noop)
    if (!this.#isOurs || this.isLeft || this.#generation === null) return
    await this.#options.store.remove(this.#generation, neverAborts).catch(noop)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  /** Whether this attempt has claimed the run before, and the answer was lost. */
  #isClaimed({ attempt, progress }: Checkpoint): boolean {
    return attempt !== null && attempt === this.#head.attempt && progress === null
  }

  /** One after the other: each write needs the generation of the one before. */
  #inTurn(read: () => RunSnapshot | null): Promise<void> {
    const turn = this.#last.catch(noop).then(() => this.#write(read))
    this.#last = turn
    return turn
  }

  async #write(read: () => RunSnapshot | null): Promise<void> {
    this.#lost.signal.throwIfAborted()
    using limit = deadline(maxWriteMs, tooSlow)
    this.#writtenTick = performance.now()
    let snapshot: RunSnapshot | null = null
    try {
      snapshot = read()
      await abortable(this.#writeAll(snapshot, limit.signal), limit.signal)
      this.#hasProgress ||= snapshot !== null
    } catch (error) {
      const problem = asRunError(error)
      if (problem.code === 'TAKEN_OVER') throw problem
      await this.#checkHead(maxWriteMs)
      if (snapshot !== null && !this.#hasProgress) throw problem
      this.#warnOnce(problem)
    }
  }

  /** Throws TAKEN_OVER where the run is not ours any more, if that can be read in time. */
  async #checkHead(maxMs: number): Promise<void> {
    using limit = deadline(maxMs, tooSlow)
    const reading = findCheckpoint(this.#options.store, limit.signal)
    const now = await abortable(reading, limit.signal).catch(() => undefined)
    if (now === undefined) return
    if (now?.checkpoint.writer === this.#writer) {
      this.#hasProgress ||= now.checkpoint.progress !== null // the answer to that write was lost
      return
    }
    throw this.#lose(takenOver(this.#head, now))
  }

  async #writeAll(snapshot: RunSnapshot | null, signal: AbortSignal): Promise<void> {
    const { store } = this.#options
    const before = this.#head.parts
    if (snapshot !== null) {
      const parts = await this.#parts.write(snapshot.parts, signal)
      this.#head = { ...this.#head, progress: snapshot.progress, parts }
    }
    await this.#writeHead(signal)
    const { parts } = this.#head
    const obsolete = Object.entries(before).flatMap(([name, file]) =>
      parts[name] === file ? [] : [file],
    )
    await store.removeParts(obsolete, signal).catch(noop)
  }

  /** Returns the generation that it has now. */
  async #writeHead(signal: AbortSignal): Promise<number> {
    const { store } = this.#options
    const head = { ...this.#head, at: new Date().toISOString() }
    const text = jsonText(head)
    let written = await store.writeHead(text, this.#generation, signal)
    if (written === null) {
      const now = await findCheckpoint(store, signal)
      // It is our own where the answer to an earlier write was lost.
      const isOwn = now?.checkpoint.writer === this.#writer
      if (isOwn) written = await store.writeHead(text, now?.generation ?? null, signal)
      if (written === null) throw this.#lose(takenOver(head, now))
    }
    this.#generation = written
    return written
  }

  #lose(error: RunError): RunError {
    this.#lost.abort(error)
    this.isLeft = true
    return error
  }

  #warnOnce({ message }: RunError): void {
    if (this.#hasWarned) return
    this.#hasWarned = true
    this.#onProblem(
      `${message}; the run goes on, and may not be resumable if this process ends before it`,
    )
  }
}

/** Why a process cannot go on with a run; `now` is what there is instead of what it has written. */
export function takenOver(
  { runId }: Pick<Checkpoint, 'runId'>,
  now: FoundCheckpoint | null,
): RunError {
  const by = now === null ? 'it has ended' : `it was taken over by ${now.checkpoint.owner.name}`
  return new RunError('TAKEN_OVER', `Cannot go on with the run ${runId}: ${by}`)
}

function tooSlow(): RunError {
  return new RunError(
    'CHECKPOINT_FAILED',
    `Cannot write the checkpoint: that was not done within ${maxWriteMs / 1000} s`,
    { cause: noAnswer() },
  )
}
