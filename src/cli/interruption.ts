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
  /** Takes the text for the person who ends the command at once. */
  readonly write: (text: string) => void
}

const exitStatus = 130

/**
 * Handles the signals that end the command. The first one aborts `signal`, so that the cell is
 * interrupted and the kernel deleted; a second SIGINT (Ctrl-C) exits at once and names the kernel that
 * may stay. Other signals never do: closing a terminal may send SIGHUP twice, and a supervisor has
 * SIGKILL. Without a terminal SIGHUP is ignored, as `nohup` wants it, whose setting Node resets.
 */
export class Interruption {
  readonly #controller = new AbortController()
  readonly #process: SignalledProcess
  readonly #options: InterruptionOptions
  #server = ''
  #kernel: () => KernelOnServer | null = () => null
  #hub: HubStarting | null = null

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

  /** Takes the events of a run, which tell its kernel. */
  observe(event: RunEvent): void {
    if (event.type === 'run_started') this.#server = event.server
    if (event.type === 'hub_starting') this.#hub = event
    if (event.type === 'kernel_starting') this.#follow({ id: null, name: event.name })
    // A kernel that was there before, which is started but never created, is not ours to delete.
    if (event.type === 'kernel_created') this.#follow(event.kernel)
    // Several may have been created, until one of them answered.
    if (event.type === 'kernel_started' && this.#kernel() !== null) this.#follow(event.kernel)
    if (event.type === 'run_finished' && event.report.kernelDeleted !== false) {
      this.watchKernel(() => null)
    }
    if (event.type === 'run_finished' && event.report.hub?.stopped !== false) this.#hub = null
  }

  /** `kernel` returns the kernel that exists at the moment; null for none. */
  watchKernel(kernel: () => KernelOnServer | null): void {
    this.#kernel = kernel
  }

  #follow({ id, name }: Omit<KernelOnServer, 'server'> | KernelRef): void {
    const kernel = { server: this.#server, id, name }
    this.watchKernel(() => kernel)
  }

  #interrupt(): void {
    if (this.signal.aborted) {
      const left = this.#hub === null ? stoppedAtOnce(this.#kernel()) : hubLeft(this.#hub)
      this.#options.write(`\n${left}\n`)
      this.#process.exit(exitStatus)
    }
    this.#stop('SIGINT')
  }

  #stop(name: NodeJS.Signals): void {
    const message = `Cannot go on: the run was interrupted (${name})`
    this.#controller.abort(new RunError('CANCELLED', message)) // no effect the second time
  }
}

const authorization = '-H "Authorization: token $JUPYTER_TOKEN"'

/** A server that JupyterHub started for the run, and the kernel on it. */
function hubLeft({ hub, user, server }: HubStarting): string {
  const path = server === '' ? 'server' : `servers/${encodeURIComponent(server)}`
  const url = `${hub}api/users/${encodeURIComponent(user)}/${path}`
  const name = quoteForError(hubServerName({ user, server }))
  return (
    `Stopped at once; the server ${name} may still run on JupyterHub; ` +
    `stop it with: curl -X DELETE ${authorization} ${url}`
  )
}

function stoppedAtOnce(kernel: KernelOnServer | null): string {
  if (kernel === null) return 'Stopped at once; no kernel is left behind'
  const { server, id, name } = kernel
  const list = `${server}api/kernels`
  if (id === null) {
    const look = `see which kernels there are with: curl ${authorization} ${list}`
    return `Stopped at once; a kernel ${quoteForError(name)} that was starting may stay on ${server}; ${look}`
  }
  const remove = `delete it with: curl -X DELETE ${authorization} ${list}/${id}`
  return `Stopped at once; the kernel ${id} (${quoteForError(name)}) may still run on ${server}; ${remove}`
}
