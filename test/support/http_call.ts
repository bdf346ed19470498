import { request as requestHttp } from 'node:http'
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'

export interface Call {
  readonly method?: string
  /** Path and query, sent as they stand here. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

export interface CallAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly bytes: Buffer
  readonly text: string
}

/** An answer that has begun. */
export interface OpenAnswer {
  readonly request: ClientRequest
  readonly response: IncomingMessage
}

/** Sends a request to a port of this machine and waits for the beginning of the answer. */
export async function openCall(port: number, call: Call): Promise<OpenAnswer> {
  const { method = 'GET', path, headers = {}, body } = call
  const request = requestHttp({ host: '127.0.0.1', port, agent: false, method, path, headers })
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request.on('response', resolve)
    request.on('error', reject) // once the answer has begun, the response tells that it broke off
    request.end(body)
  })
  return { request, response }
}

export async function callHttp(port: number, call: Call): Promise<CallAnswer> {
  const { response } = await openCall(port, call)
  const bytes = await buffer(response)
  const { statusCode = 0, headers } = response
  return { status: statusCode, headers, bytes, text: bytes.toString() }
}
