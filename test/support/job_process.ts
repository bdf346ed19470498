import { join } from 'node:path'
import { Child } from './child.ts'
import { type LogEntry, readEntries } from './function_process.ts'
import { signalProcess } from './processes.ts'
import { repositoryRoot } from './repository.ts'

export interface JobTask {
  /** The arguments of the container. */
  readonly args: readonly string[]
  /** The job's own environment, besides what Cloud Run sets. */
  readonly env?: Readonly<Record<string, string>>
  readonly execution?: string
  /** Of the task in its execution, from 0. */
  readonly index?: number
  /** How many tasks the execution has. */
  readonly count?: number
  readonly attempt?: number
}

/** A task of the job: its command in a process, with the environment that Cloud Run gives a task. */
export class JobProcess implements AsyncDisposable {
  readonly execution: string
  readonly #child: Child
  readonly #task: JobTask

  private constructor(child: Child, execution: string, task: JobTask) {
    this.#child = child
    this.execution = execution
    this.#task = task
  }

  static async start(task: JobTask): Promise<JobProcess> {
    const { args, env, execution, index = 0, count = 1, attempt = 0 } = task
    const name = execution ?? 'nbtrigger-job-x7k2p'
    const child = await Child.start({
      command: process.execPath,
      args: [join(repositoryRoot, 'build/bundle/job.js'), ...args],
      env: {
        PATH: process.env['PATH'],
        NODE_ENV: 'production',
        CLOUD_RUN_JOB: 'nbtrigger-job',
        CLOUD_RUN_EXECUTION: name,
        CLOUD_RUN_TASK_INDEX: String(index),
        CLOUD_RUN_TASK_ATTEMPT: String(attempt),
        CLOUD_RUN_TASK_COUNT: String(count),
        ...env,
      },
    })
    return new JobProcess(child, name, task)
  }

  /** Starts another attempt of the task, as Cloud Run does. */
  async retry(): Promise<JobProcess> {
    const { attempt = 0 } = this.#task
    return await JobProcess.start({ ...this.#task, attempt: attempt + 1 })
  }

  /** All that it wrote so far, which Cloud Run takes as the log. */
  get output(): string {
    return this.#child.output
  }

  /** The exit status, or the signal's name; undefined while it runs. */
  get status(): number | NodeJS.Signals | undefined {
    return this.#child.status
  }

  entries(): LogEntry[] {
    return readEntries(this.#child.stdout)
  }

  async waitForEntry(event: string): Promise<LogEntry> {
    const find = () => this.entries().find((entry) => entry['event'] === event)
    return await this.#child.until(`an entry "${event}"`, find)
  }

  /** Waits for the end of the task: its exit status. */
  async end(): Promise<number | NodeJS.Signals> {
    const status = await this.#child.until('the end of the task', () => this.#child.status)
    await this.#child.ended()
    return status
  }

  /** SIGTERM, as Cloud Run ends a task that is cancelled; SIGKILL comes after 10 s. */
  async terminate(): Promise<number | NodeJS.Signals> {
    await this.#child.end(10_000)
    return await this.end()
  }

  /** SIGKILL, without a word before: as a task ends that has no memory left. */
  async kill(): Promise<void> {
    signalProcess(-this.#child.pid, 'SIGKILL')
    await this.end()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.end()
  }
}
