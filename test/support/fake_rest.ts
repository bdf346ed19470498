import type { IncomingHttpHeaders } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { Duplex } from 'node:stream'

/** The calls that a run may make, without the base URL. */
const routes = {
  api: /^GET \/api$/,
  kernelspecs: /^GET \/api\/kernelspecs$/,
  contents: /^GET \/api\/contents\/[^?]+\?type=notebook&content=1$/,
  folder: /^GET \/api\/contents\/[^?]+\?type=directory&content=0$/,
  create: /^POST \/api\/kernels$/,
  look: /^GET \/api\/kernels\/[\w-]+$/,
  interrupt: /^POST \/api\/kernels\/[\w-]+\/interrupt$/,
  delete: /^DELETE \/api\/kernels\/[\w-]+$/,
  channels: /^GET \/api\/kernels\/[\w-]+\/channels\?session_id=[\w-]+$/,
} as const

export type Route = keyof typeof routes

const routeNames = [
  'api',
  'kernelspecs',
  'contents',
  'folder',
  'create',
  'look',
  'interrupt',
  'delete',
  'channels',
] as const satisfies readonly Route[]

export interface RecordedRequest {
  /** null for a call that a run must not make. */
  readonly route: Route | null
  readonly method: string
  /** With the query, without the base URL. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** One answer of the server, or none. */
export interface RestAnswer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Text goes out as it is, anything else as JSON. */
  readonly body?: unknown
  readonly delayMs?: number
  /** Takes the request and says nothing, or cuts the connection. */
  readonly silence?: 'hang' | 'drop'
}

export function routeOf(method: string, path: string): Route | null {
  const call = `${method} ${path}`
  return routeNames.find((route) => routes[route].test(call)) ?? null
}

/** Writes the answer below node:http, so that a handshake can be answered in the same way. */
export async function writeAnswer(stream: Duplex, answer: RestAnswer): Promise<void> {
  await pause(answer.delayMs ?? 0)
  if (answer.silence === 'hang') return void stream.resume().on('end', () => stream.destroy())
  if (answer.silence === 'drop') return void stream.destroy()
  const { status = 200, body = '', headers = {} } = answer
  const isText = typeof body === 'string'
  const text = isText ? body : JSON.stringify(body)
  const all = {
    'Content-Type': isText ? 'text/plain' : 'application/json',
    ...(status === 204 ? {} : { 'Content-Length': String(Buffer.byteLength(text)) }),
    Connection: 'close',
    ...headers,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  stream.end(`HTTP/1.1 ${status} Answer\r\n${lines.join('')}\r\n${text}`)
}

/** As Jupyter does where it has no such page: an HTML page that shows the token. */
export function tokenPage(status: number, token: string): RestAnswer {
  const body = `<html data-jupyter-api-token="${token}"><h1>${status}</h1>a secret page</html>`
  return { status, headers: { 'Content-Type': 'text/html' }, body }
}
