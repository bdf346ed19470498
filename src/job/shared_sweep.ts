import { RunError } from '../errors.ts'
import type { Env } from '../request/env.ts'
import { isEntry, type SweepEntry } from '../sweep/report.ts'
import { neverAborts, noop } from '../util/abort.ts'
import { field, isRecord, textOf } from '../util/record.ts'
import { createRunId } from '../util/run_id.ts'
import { cutText } from '../util/text.ts'
import { ClaimsFolder } from './claims_folder.ts'
import type { Task } from './task.ts'

/** Why a task could not run its sets. */
type TaskProblem = NonNullable<SweepEntry['error']>

/** How the tasks of an execution stand. */
export interface TaskStates {
  /** Those that have ended, with what they could not do, or null. */
  readonly ended: ReadonlyMap<number, TaskProblem | null>
  /** Those that have begun and not ended, and were heard of lately. */
  readonly running: readonly number[]
  /** Those that have begun and not ended, and were not heard of for so long that they cannot live any more. */
  readonly silent: readonly number[]
  /** How many have not begun. */
  readonly absent: number
}

const beatMs = 30_000
/** Longer than Cloud Run takes to start another attempt of a task that was killed. */
const silentMs = 180_000
const maxMessage = 1_000

const names = {
  sweep: 'sweep',
  sets: 'sets/',
  failures: 'failures/',
  tasks: 'tasks/',
  summary: 'summary',
  published: 'published',
} as const

const purpose = 'Cannot share the sets with other tasks'

/**
 * A sweep whose sets are divided among the tasks of one execution. They tell each other how their sets
 * stand by objects in the folder of NBTRIGGER_CLAIMS: each set and each task has objects of its own,
 * which nobody else writes, so that no two writers have to agree. Methods throw CLAIM_FAILED.
 */
export class SharedSweep {
  /** Of the sweep, the same for all tasks. */
  readonly runId: string
  readonly startedAt: Date
  readonly #folder: ClaimsFolder
  readonly #task: Task
  /** What could not be written down yet. */
  readonly #unkept = new Map<number, SweepEntry>()

  private constructor(folder: ClaimsFolder, task: Task, { runId, startedAt }: SweepFacts) {
    this.#folder = folder
    this.#task = task
    this.runId = runId
    this.startedAt = new Date(startedAt)
  }

  /**
   * Joins the sweep of this execution, which the first of its tasks begins. Returns the name of another
   * execution when that runs the sets of the same message. Throws ARGUMENTS_INVALID without a bucket. It
   * may be called again after CLAIM_FAILED.
   */
  static async join(task: Task, env: Env, signal: AbortSignal): Promise<SharedSweep | string> {
    const claims = ClaimsFolder.open(env, purpose)
    if (claims === null) throw noBucket(task)
    const folder = claims.below(task.messageId ?? task.execution)
    const { execution } = task
    const own = { execution, runId: createRunId(), startedAt: new Date().toISOString() }
    const found = await folder.create(names.sweep, own, signal)
    const facts = found === null ? own : readFacts(found.value)
    if (facts.execution !== execution) return facts.execution
    const shared = new SharedSweep(folder, task, facts)
    await shared.#beat(signal)
    return shared
  }

  /** Lets the others see that this task lives, until it is disposed of. */
  keepAlive(): Disposable {
    const beat = () => void this.#beat(neverAborts).catch(noop) // the next one may succeed
    const timer = setInterval(beat, beatMs)
    return { [Symbol.dispose]: () => clearInterval(timer) }
  }

  /** Writes down what came of a set. Never rejects: what cannot be written is written by `end()`. */
  async keep(entry: SweepEntry): Promise<void> {
    this.#unkept.set(entry.index, entry)
    await this.#write(entry).catch(noop)
  }

  /** What came of the sets, in the order of the sets. */
  async entries(): Promise<readonly SweepEntry[]> {
    const objects = await this.#folder.list(names.sets, neverAborts)
    return objects.map(({ value }) => value).filter(isEntry)
  }

  /**
   * How many sets did not succeed, of all tasks, without those whose run Cloud Run stopped; no more than
   * `max` are counted. Never rejects.
   */
  async failures(max: number): Promise<number> {
    return await this.#folder.count(names.failures, max, neverAborts).catch(() => 0)
  }

  /** Takes back that this task has ended, for another attempt of it. */
  async goOn(signal: AbortSignal): Promise<void> {
    await this.#folder.remove(this.#own('ended'), signal)
  }

  /** Writes down that this task has ended, and why it could not run its sets; null if it could. */
  async end(problem: TaskProblem | null): Promise<void> {
    for (const entry of this.#unkept.values()) await this.#write(entry)
    const known = problem && { code: problem.code, message: cutText(problem.message, maxMessage) }
    await this.#folder.write(this.#own('ended'), { problem: known }, neverAborts)
  }

  async states(): Promise<TaskStates> {
    const objects = await this.#folder.list(names.tasks, neverAborts)
    const now = Math.max(...objects.map(({ updatedAt }) => updatedAt))
    const ended = new Map<number, TaskProblem | null>()
    const beats = new Map<number, number>()
    for (const { name, updatedAt, value } of objects) {
      const [, index, what] = name.split('/')
      if (what === 'ended') ended.set(Number(index), problemIn(value))
      else beats.set(Number(index), now - updatedAt)
    }
    const open = [...beats].filter(([index]) => !ended.has(index))
    const running = open.filter(([, ageMs]) => ageMs < silentMs).map(([index]) => index)
    const silent = open.filter(([, ageMs]) => ageMs >= silentMs).map(([index]) => index)
    const begun = new Set([...beats.keys(), ...ended.keys()])
    return { ended, running, silent, absent: this.#task.count - begun.size }
  }

  /** Whether a task writes, or has written, the report of all. */
  async isReported(): Promise<boolean> {
    return (await this.#folder.read(names.summary, neverAborts)) !== null
  }

  /** Whether this task is the one that writes the report of all. It calls `published()` then. */
  async claimReport(): Promise<boolean> {
    const found = await this.#folder.create(names.summary, { task: this.#task.name }, neverAborts)
    if (found === null) return true
    if (textOf(found.value, 'task') !== this.#task.name) return false
    return (await this.#folder.read(names.published, neverAborts)) === null // an attempt before this one died
  }

  async published(): Promise<void> {
    await this.#folder.write(names.published, { task: this.#task.name }, neverAborts)
  }

  async #beat(signal: AbortSignal): Promise<void> {
    await this.#folder.write(this.#own('alive'), { attempt: this.#task.attempt }, signal)
  }

  async #write(entry: SweepEntry): Promise<void> {
    const number = numbered(entry.index)
    if (entry.outcome !== 'succeeded' && !isBrokenOff(entry)) {
      await this.#folder.write(names.failures + number, {}, neverAborts)
    }
    await this.#folder.write(names.sets + number, entry, neverAborts)
    this.#unkept.delete(entry.index)
  }

  #own(what: 'alive' | 'ended'): string {
    return `${names.tasks}${numbered(this.#task.index)}/${what}`
  }
}

/** Whether Cloud Run stopped the run: that says nothing of its set, and is no failure. */
export function isBrokenOff({ error }: SweepEntry): boolean {
  return error?.code === 'INSTANCE_STOPPED'
}

/** So that names sort as the numbers do. */
function numbered(index: number): string {
  return String(index).padStart(5, '0')
}

interface SweepFacts {
  readonly execution: string
  readonly runId: string
  readonly startedAt: string
}

/** Of what `join()` wrote. */
function readFacts(value: unknown): SweepFacts {
  const execution = textOf(value, 'execution')
  const runId = textOf(value, 'runId')
  const startedAt = textOf(value, 'startedAt')
  if (execution !== null && runId !== null && startedAt !== null) {
    return { execution, runId, startedAt }
  }
  throw new RunError(
    'CLAIM_FAILED',
    `${purpose} (NBTRIGGER_CLAIMS): the object of the sweep is no JSON`,
  )
}

function problemIn(value: unknown): TaskProblem | null {
  const problem = field(value, 'problem')
  return isProblem(problem) ? problem : null
}

/** Only `end()` writes such objects. */
function isProblem(value: unknown): value is TaskProblem {
  return isRecord(value) && textOf(value, 'code') !== null && textOf(value, 'message') !== null
}

/** A task alone needs it for its next attempt. */
function noBucket({ count }: Task): RunError {
  const cannot = count === 1 ? 'keep what came of the sets' : `divide the sets among ${count} tasks`
  const other = count === 1 ? 'have Cloud Run retry no task' : 'add "--tasks 1"'
  return new RunError(
    'ARGUMENTS_INVALID',
    `Cannot ${cannot}: NBTRIGGER_CLAIMS of the job names no bucket`,
    { advice: `set it to "gs://bucket/prefix", as deploy/deploy.sh does with BUCKET, or ${other}` },
  )
}
