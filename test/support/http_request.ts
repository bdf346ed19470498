import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { text } from 'node:stream/consumers'

export interface RequestOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** The certificate that a server with a self-signed one shows. */
  readonly ca?: string | undefined
  readonly signal?: AbortSignal
}

export interface Answer {
  readonly status: number
  readonly body: string
}

/** One request on a connection of its own, without a time limit of its own. */
export async function httpRequest(url: string, options: RequestOptions = {}): Promise<Answer> {
  const { body, ...rest } = options
  const request = url.startsWith('https:') ? requestHttps : requestHttp
  return new Promise((resolve, reject) => {
    const sent = request(url, { ...rest, agent: false }, (response) => {
      text(response).then(
        (answer) => resolve({ status: response.statusCode ?? 0, body: answer }),
        reject,
      )
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
