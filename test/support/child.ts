import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { basename } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { messageOf } from '../../src/errors.ts'
import { canConnect } from './port.ts'
import { membersOfGroup, signalProcess } from './processes.ts'
import { until } from './until.ts'

export interface Program {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  /** An open pipe lets the child notice that this process ended. */
  readonly stdin?: 'ignore' | 'pipe'
}

const living = new Set<Child>()
let ending = false

/** A child process with a process group of its own, so that Ctrl-C reaches it through us alone. */
export class Child implements AsyncDisposable {
  readonly name: string
  readonly pid: number
  stdout = ''
  stderr = ''
  /** stdout and stderr, in the order in which they came. */
  output = ''
  readonly #process: ChildProcess
  readonly #exited: Promise<unknown>
  readonly #closed: Promise<unknown>

  private constructor(child: ChildProcess, pid: number, name: string) {
    this.name = name
    this.pid = pid
    this.#process = child
    this.#exited = once(child, 'exit')
    this.#closed = once(child, 'close')
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
      this.output += text
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
      this.output += text
    })
    living.add(this)
  }

  static async start({ command, args, env, cwd, stdin = 'ignore' }: Program): Promise<Child> {
    if (ending) throw new Error(`Cannot start "${command}": everything is being ended`)
    const stdio = [stdin, 'pipe', 'pipe'] as const
    const child = spawn(command, args, { env, cwd, stdio: [...stdio], detached: true })
    if (child.pid !== undefined) return new Child(child, child.pid, basename(command))
    const [cause]: unknown[] = await once(child, 'error')
    throw new Error(`Cannot start "${command}": ${messageOf(cause)}`, { cause })
  }

  /** The exit status, or the signal's name; undefined while it runs. */
  get status(): number | NodeJS.Signals | undefined {
    return this.#process.exitCode ?? this.#process.signalCode ?? undefined
  }

  /** What `probe` finds; an error with the child's output when it ends before, or time is over. */
  async until<T>(
    what: string,
    probe: () => T | undefined | Promise<T | undefined>,
    limitMs?: number,
  ): Promise<T> {
    const probeLiving = async () => {
      const { status } = this
      const found = await probe()
      if (found !== undefined || status === undefined) return found
      throw new Error(`Cannot wait for ${what}: "${this.name}" ended with ${status}`)
    }
    try {
      return await until(what, probeLiving, limitMs)
    } catch (cause) {
      throw this.failure(messageOf(cause), { cause })
    }
  }

  async untilLine(pattern: RegExp, limitMs?: number): Promise<string> {
    const line = () => this.output.split('\n').find((text) => pattern.test(text))
    return this.until(`a line like ${String(pattern)}`, line, limitMs)
  }

  /** Until something listens on this port of 127.0.0.1. */
  async untilListening(port: number): Promise<void> {
    await this.until(`a listener on port ${port}`, () => canConnect(port))
  }

  /** Waits for the end by itself, and for all it has written. */
  async ended(): Promise<void> {
    await this.#exited
    await Promise.race([this.#closed, pause(5_000, undefined, { ref: false })])
    living.delete(this)
  }

  /** SIGTERM to the whole group, SIGKILL to what is left of it after the limit. */
  async end(limitMs = 10_000): Promise<void> {
    const gone = () => this.#isGone() || undefined
    if (!this.#isGone()) signalProcess(-this.pid, 'SIGTERM')
    await until('the end', gone, limitMs).catch(() => undefined)
    if (!this.#isGone()) signalProcess(-this.pid, 'SIGKILL')
    await until('the end', gone, 10_000).catch(() => undefined)
    await this.ended()
  }

  /** An error that also shows what the child wrote. */
  failure(message: string, options?: ErrorOptions): Error {
    const output = this.output.trim().slice(-4000) || '(nothing)'
    return new Error(`${message}; it wrote:\n${output}`, options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end()
  }

  #isGone(): boolean {
    return this.status !== undefined && membersOfGroup(this.pid).length === 0
  }
}

export function isEnding(): boolean {
  return ending
}

/** Ends every child; a wait for one ends with an error, and no new one can start. */
export async function endAllChildren(): Promise<void> {
  ending = true
  await Promise.all([...living].map((child) => child.end()))
}
