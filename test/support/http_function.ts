import { ApiDescription } from './api_description.ts'
import { FunctionProcess } from './function_process.ts'
import { callHttp, openCall, type Call, type CallAnswer, type OpenAnswer } from './http_call.ts'

/** The real HTTP service, each of whose answers is held against its own description. */
export class HttpFunction implements AsyncDisposable {
  readonly process: FunctionProcess
  readonly description: ApiDescription
  readonly #headers: Readonly<Record<string, string>>

  private constructor(
    process: FunctionProcess,
    description: ApiDescription,
    headers: Readonly<Record<string, string>>,
  ) {
    this.process = process
    this.description = description
    this.#headers = headers
  }

  static async start(env: Readonly<Record<string, string>>): Promise<HttpFunction> {
    const process = await FunctionProcess.start({ env, target: 'nbtrigger-http' })
    const key = env['NBTRIGGER_HTTP_KEY']
    const headers = key === undefined ? {} : { Authorization: `Bearer ${key}` }
    const { text } = await callHttp(process.port, { path: '/openapi.json', headers })
    return new HttpFunction(process, new ApiDescription(JSON.parse(text)), headers)
  }

  async call(call: Call): Promise<CallAnswer> {
    const sent = this.#withHeaders(call)
    const answer = await callHttp(this.process.port, sent)
    this.description.check(sent, answer)
    return answer
  }

  async get(path: string, accept = '*/*'): Promise<CallAnswer> {
    return this.call({ path, headers: { Accept: accept } })
  }

  async postJson(path: string, body: object | string, accept = '*/*'): Promise<CallAnswer> {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const headers = { Accept: accept, 'Content-Type': 'application/json' }
    return this.call({ method: 'POST', path, headers, body: text })
  }

  /** Waits only for the beginning of the answer. */
  async open(call: Call): Promise<OpenAnswer> {
    return openCall(this.process.port, this.#withHeaders(call))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]()
  }

  #withHeaders(call: Call): Call {
    return { ...call, headers: { ...this.#headers, ...call.headers } }
  }
}
