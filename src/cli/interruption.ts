import { RunError } from '../errors.ts'
import type { HubStarting, KernelRef, RunEvent } from '../events.ts'
import { hubServerName } from '../util/hub_name.ts'
import { quoteForError } from '../util/text.ts'

/** A kernel that may stay on its server when the command is ended at once. */
export interface KernelOnServer {
  /** The server's address with its base URL. */
  readonly server: string
  /** null until the server has answered that it created one. */
  readonly id: string | null
  readonly name: string
}

/** What gives the signals and ends the program: `process`. */
export interface SignalledProcess {
  on(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP', listener: () => void): unknown
  exit(status: number): void
}

export interface InterruptionOptions {
  /** Whether one of stdin, stdout and stderr is a terminal. */
  readonly hasTerminal: boolean
  /** The id of the run, where another process can go on with it; left out for other runs. */
  readonly resumable?: string | null
  /** Takes the text for the person who ends the command at once. */
  readonly write: (text: string) => void
}

const exitStatus = 130

/**
 * Handles the signals that end the command. The first one aborts `signal`, so that the cell is
 * interrupted and the kernel deleted; a second SIGINT (Ctrl-C) exits at once and names the kernel that
 * may stay. Other signals never do: closing a terminal may send SIGHUP twice, and a supervisor has
 * SIGKILL. Without a terminal SIGHUP is ignored, as `nohup` wants it, whose setting Node resets. A run
 * that can be resumed is ended by SIGINT alone: the other signals leave it and its kernel.
 */
export class Interruption {
  readonly #controller = new AbortController()
  readonly #process: SignalledProcess
  readonly #options: InterruptionOptions
  readonly #servers = new Map<number, string>()
  /** For each run that goes on, the kernel that exists at the moment. */
  readonly #kernels = new Map<number, () => KernelOnServer | null>()
  /** The same for the servers that JupyterHub started for them. */
  readonly #hubs = new Map<number, HubStarting>()

  constructor(process: SignalledProcess, options: InterruptionOptions) {
    this.#process = process
    this.#options = options
    this.#process.on('SIGINT', () => this.#interrupt())
    this.#process.on('SIGTERM', () => this.#stop('SIGTERM'))
    this.#process.on('SIGHUP', () => {
      if (options.hasTerminal) this.#stop('SIGHUP')
    })
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Takes the events of a run, which tell its kernel; `run` tells runs at the same time apart. */
  observe(event: RunEvent, run = 0): void {
    if (event.type === 'run_started') this.#servers.set(run, event.server)
    if (event.type === 'hub_starting') this.#hubs.set(run, event)
    if (event.type === 'kernel_starting') this.#follow({ id: null, name: event.name }, run)
    // A kernel that was there before, which is started but never created, is not ours to delete.
    if (event.type === 'kernel_created') this.#follow(event.kernel, run)
    // Several may have been created, until one of them answered.
    if (event.type === 'kernel_started' && this.#kernels.has(run)) this.#follow(event.kernel, run)
    if (event.type === 'run_finished' && event.report.kernelDeleted !== false) {
      this.#kernels.delete(run)
    }
    if (event.type === 'run_finished' && event.report.hub?.stopped !== false) {
      this.#hubs.delete(run)
    }
  }

  /** `kernel` returns the kernel that exists at the moment; null for none. */
  watchKernel(kernel: () => KernelOnServer | null, run = 0): void {
    this.#kernels.set(run, kernel)
  }

  #follow({ id, name }: Omit<KernelOnServer, 'server'> | KernelRef, run: number): void {
    const kernel = { server: this.#servers.get(run) ?? '', id, name }
    this.watchKernel(() => kernel, run)
  }

  /** What may stay of each run: the server that JupyterHub started for it, or the kernel. */
  #left(): readonly string[] {
    const kernels = [...this.#kernels].filter(([run]) => !this.#hubs.has(run))
    const found = kernels.flatMap(([, kernel]) => kernel() ?? [])
    return [...[...this.#hubs.values()].map(hubLeft), ...found.map(kernelLeft)]
  }

  #interrupt(): void {
    if (this.signal.aborted) {
      this.#options.write(`\n${stoppedAtOnce(this.#left())}\n`)
      this.#process.exit(exitStatus)
    }
    this.#stop('SIGINT')
  }

  #stop(name: NodeJS.Signals): void {
    const { resumable = null } = this.#options
    const isLeft = resumable !== null && name !== 'SIGINT'
    this.#controller.abort(isLeft ? suspended(resumable, name) : interrupted(name)) // once
  }
}

function interrupted(name: NodeJS.Signals): RunError {
  return new RunError('CANCELLED', `Cannot go on: the run was interrupted (${name})`)
}

function suspended(runId: string, name: NodeJS.Signals): RunError {
  const what = `Cannot go on in this process: it was ended (${name}); the kernel is left`
  const advice = `resume the run with "nbtrigger --resume ${runId}", or end it with "nbtrigger cancel ${runId}"`
  return new RunError('SUSPENDED', what, { advice })
}

const authorization = '-H "Authorization: token $JUPYTER_TOKEN"'

/** A server that JupyterHub started for the run, and the kernel on it. */
function hubLeft({ hub, user, server }: HubStarting): string {
  const path = server === '' ? 'server' : `servers/${encodeURIComponent(server)}`
  const url = `${hub}api/users/${encodeURIComponent(user)}/${path}`
  const name = quoteForError(hubServerName({ user, server }))
  return (
    `the server ${name} may still run on JupyterHub; ` +
    `stop it with: curl -X DELETE ${authorization} ${url}`
  )
}

function stoppedAtOnce(left: readonly string[]): string {
  const texts = left.length === 0 ? ['no kernel is left behind'] : left
  return texts.map((text) => `Stopped at once; ${text}`).join('\n')
}

function kernelLeft({ server, id, name }: KernelOnServer): string {
  const list = `${server}api/kernels`
  if (id === null) {
    const look = `see which kernels there are with: curl ${authorization} ${list}`
    return `a kernel ${quoteForError(name)} that was starting may stay on ${server}; ${look}`
  }
  const remove = `delete it with: curl -X DELETE ${authorization} ${list}/${id}`
  return `the kernel ${id} (${quoteForError(name)}) may still run on ${server}; ${remove}`
}
