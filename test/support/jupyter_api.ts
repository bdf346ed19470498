import { httpRequest } from './http_request.ts'
import type { Answer } from './http_request.ts'
import { until } from './until.ts'

export interface KernelModel {
  readonly id: string
  readonly name: string
  readonly execution_state: string
  readonly connections: number
}

/** A Jupyter Server's REST API as a test asks it, beside and without the code under test. */
export class JupyterApi {
  /** With its base URL, without a slash at the end. */
  readonly url: string
  readonly #token: string
  readonly #ca: string | undefined

  constructor({ url, token, ca }: { url: string; token: string; ca?: string | undefined }) {
    this.url = url
    this.#token = token
    this.#ca = ca
  }

  async request(method: string, path: string, body?: object): Promise<Answer> {
    return httpRequest(`${this.url}${path}`, {
      method,
      headers: { Authorization: `token ${this.#token}`, 'Content-Type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
      ca: this.#ca,
    })
  }

  /** Undefined when nothing answers as a Jupyter Server does; the token stays here. */
  async version(): Promise<string | undefined> {
    const options = { ca: this.#ca, signal: AbortSignal.timeout(60_000) }
    const answer = await httpRequest(`${this.url}/api`, options).catch(() => undefined)
    return answer?.status === 200 ? /"version": "(.+?)"/.exec(answer.body)?.[1] : undefined
  }

  /**
   * Lists the kernels. While a kernel starts, Jupyter Server has it in its list before it has set
   * when it was last active, and answers 500 until then: no list, so the question stays open.
   */
  async kernels(): Promise<KernelModel[]> {
    return until(`a list of the kernels of ${this.url}`, async () => {
      const { status, body } = await this.request('GET', '/api/kernels')
      if (status === 500) return undefined
      if (status !== 200) {
        throw new Error(`Cannot list the kernels of ${this.url}: status ${status}`)
      }
      const kernels: KernelModel[] = JSON.parse(body)
      return kernels
    })
  }
}
