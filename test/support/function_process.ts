import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { isRecord } from '../../src/util/record.ts'
import { Child } from './child.ts'
import { httpRequest } from './http_request.ts'
import { Opened } from './opened.ts'
import { freePort } from './port.ts'
import {
  deliveryOf,
  type DeliveryShape,
  type PubsubMessage,
  textMessage,
} from './pubsub_delivery.ts'
import { repositoryRoot } from './repository.ts'

export type LogEntry = Readonly<Record<string, unknown>>

/** The labels that Cloud Logging would give the entry. */
export function labelsOf(entry: LogEntry): Readonly<Record<string, unknown>> {
  const labels = entry['logging.googleapis.com/labels']
  return isRecord(labels) ? labels : {}
}

export interface FunctionOptions {
  readonly env?: Readonly<Record<string, string>>
  /** The function for Pub/Sub, unless the HTTP service is named. */
  readonly target?: keyof typeof programs
  /** The folder of the package whose main is the function. */
  readonly source?: string
  /** False: without the first request, which waits until signals are minded. */
  readonly isCalled?: boolean
}

interface Place {
  readonly port: number
  readonly source: string
}

/** The arguments of Node that serve each of them. */
const programs = {
  nbtrigger: ({ port, source }: Place) => [
    join(repositoryRoot, 'node_modules/.bin/functions-framework'),
    '--target=nbtrigger',
    '--signature-type=cloudevent',
    `--port=${port}`,
    `--source=${source}`,
  ],
  'nbtrigger-http': ({ source }: Place) => [join(source, 'build/bundle/service.js')],
} as const

export interface DeliveryOptions {
  /** Pub/Sub's message id; a redelivery has the same one. */
  readonly id?: string
  readonly shape?: DeliveryShape
  readonly headers?: Readonly<Record<string, string>>
}

/** The real function, or the HTTP service, in a process with the environment that Google gives it. */
export class FunctionProcess implements AsyncDisposable {
  readonly url: string
  readonly port: number
  readonly pid: number
  readonly #child: Child

  private constructor(child: Child, port: number) {
    this.url = `http://127.0.0.1:${port}`
    this.port = port
    this.pid = child.pid
    this.#child = child
  }

  static async start({
    env,
    target = 'nbtrigger',
    source = repositoryRoot,
    isCalled = true,
  }: FunctionOptions): Promise<FunctionProcess> {
    await using opened = new Opened()
    const port = await freePort()
    const google = { LOG_EXECUTION_ID: 'true', NODE_ENV: 'production', K_SERVICE: target }
    const child = opened.use(
      await Child.start({
        command: process.execPath,
        args: programs[target]({ port, source }),
        env: { PATH: process.env['PATH'], PORT: String(port), ...google, ...env },
      }),
    )
    const running = new FunctionProcess(child, port)
    await child.untilListening(port)
    // A port is open a moment before the framework minds signals; once it has answered, it does.
    if (isCalled) await httpRequest(running.url, { method: 'HEAD' })
    opened.move()
    return running
  }

  /** Everything it wrote to stdout and stderr so far. */
  get output(): string {
    return this.#child.output
  }

  /** What Google takes as the log: a line is an entry. */
  get stdout(): string {
    return this.#child.stdout
  }

  /** The log so far, without lines that are no JSON object: Google would take them as text. */
  entries(): LogEntry[] {
    return readEntries(this.#child.stdout)
  }

  async waitForEntry(matches: (entry: LogEntry) => boolean, limitMs?: number): Promise<LogEntry> {
    return this.#child.until('a log entry', () => this.entries().find(matches), limitMs)
  }

  /** Delivers a message as Google does and waits for the answer: its HTTP status. */
  async deliver(
    message: string | PubsubMessage,
    { id = String(randomInt(1e12, 9e12)), shape = 'binary', headers = {} }: DeliveryOptions = {},
  ): Promise<number> {
    const content = typeof message === 'string' ? textMessage(message) : message
    const delivery = deliveryOf(content, id, shape)
    return this.post({ ...delivery, headers: { ...delivery.headers, ...headers } })
  }

  /** Posts anything, for what Google would not send. */
  async post({ path, headers, body }: ReturnType<typeof deliveryOf>): Promise<number> {
    const answer = await httpRequest(`${this.url}${path}`, { method: 'POST', headers, body })
    return answer.status
  }

  /** SIGTERM, as Google ends an instance: the exit status, or the signal that ended it. */
  async terminate(limitMs?: number): Promise<number | NodeJS.Signals | undefined> {
    await this.#child.end(limitMs)
    return this.#child.status
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.end()
  }
}

/** The lines that are JSON objects. */
export function readEntries(stdout: string): LogEntry[] {
  return stdout.split('\n').slice(0, -1).flatMap(readEntry)
}

function readEntry(line: string): LogEntry[] {
  try {
    const value: unknown = JSON.parse(line)
    return isRecord(value) ? [value] : []
  } catch {
    return []
  }
}
