import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { closeServer, portOf } from './port.ts'

/** What the Hub does with one request; an answer that is left open is a stream. */
export type HubScript = (response: ServerResponse) => void

/**
 * A scripted JupyterHub, for what a real one does only on a cluster, or when its network breaks: each
 * call ("POST", "progress", "GET", "DELETE") gets the next answer of its list, and the last one again.
 */
export class FakeHub implements AsyncDisposable {
  readonly calls: { readonly name: string; readonly path: string; readonly body: string }[] = []
  readonly #server = createServer((request, response) => void this.#take(request, response))
  readonly #scripts = new Map<string, HubScript[]>()

  static async start(): Promise<FakeHub> {
    const hub = new FakeHub()
    hub.#server.listen(0, '127.0.0.1')
    await once(hub.#server, 'listening')
    return hub
  }

  /** The address of its API, as a run has it. */
  get url(): URL {
    return new URL(`http://127.0.0.1:${portOf(this.#server)}/hub/`)
  }

  script(name: string, ...answers: readonly HubScript[]): void {
    this.#scripts.set(name, [...answers])
  }

  countOf(name: string): number {
    return this.calls.filter((call) => call.name === name).length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await closeServer(this.#server)
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '' } = request
    const name = path.endsWith('/progress') ? 'progress' : method
    this.calls.push({ name, path, body: await text(request) })
    const answers = this.#scripts.get(name) ?? []
    const answer = answers.length > 1 ? answers.shift() : answers[0]
    if (answer === undefined) response.writeHead(500).end()
    else answer(response)
  }
}

/** A status, and JSON as JupyterHub has it. */
export function hubResponse(status: number, message?: string, more: object = {}): HubScript {
  const body = status === 204 ? undefined : JSON.stringify({ status, message, ...more })
  return (response) =>
    void response.writeHead(status, { 'Content-Type': 'application/json' }).end(body)
}

/** The events of a start; without an end, the connection breaks after them. */
export function progress(events: readonly object[], isWhole = true): HubScript {
  return (response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    response.write('\n\n') // as the Hub keeps the stream alive
    for (const event of events) response.write(`data: ${JSON.stringify(event)}\n\n`)
    if (isWhole) response.end()
    else setTimeout(() => response.destroy(), 50)
  }
}
