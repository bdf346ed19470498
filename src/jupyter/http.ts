import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import fetch, { type Response } from 'node-fetch'
import { RunError } from '../errors.ts'
import { jsonText, parseJson } from '../exact_json.ts'
import { deadline } from '../lifetime.ts'
import type { Answer } from './answer.ts'
import { answerLimits, maxRefusalBytes, sizeText, type AnswerLimit } from './answer_limits.ts'
import type { Credentials } from './credentials.ts'
import { accountOf } from './id_token.ts'
import { readBody } from './read_body.ts'
import { unreachable } from './refusal.ts'

export interface Call {
  /** What is attempted, for messages: "read the notebook". */
  readonly purpose: string
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly body?: unknown
  /** Sent without the Jupyter token. */
  readonly probe?: boolean
  readonly timeoutMs?: number
  /** The text of a good answer is what is wanted, not JSON. */
  readonly wantsText?: true
  /** How large a good answer may be; else as for a model. */
  readonly limit?: AnswerLimit
}

const requestTimeoutMs = 30_000

// A reused connection makes node-fetch report a premature end of chunked answers now and then.
const httpAgent = new HttpAgent({ keepAlive: false })
const httpsAgent = new HttpsAgent({ keepAlive: false })

/** One authorised call. Redirects are answers, not followed: they would carry the token along. */
export async function callServer(
  url: URL,
  credentials: Credentials,
  call: Call,
  signal: AbortSignal,
): Promise<Answer> {
  const timeoutMs = call.timeoutMs ?? requestTimeoutMs
  let hasBegun = false
  using limit = deadline(timeoutMs, () => tooSlow(call, url, { timeoutMs, hasBegun }), signal)
  const headers = await headersOf(call, credentials, limit.signal)
  try {
    limit.signal.throwIfAborted() // node-fetch leaves the error of an unsent body to nobody
    const response = await fetch(url, {
      method: call.method ?? 'GET',
      headers,
      ...(call.body === undefined ? {} : { body: jsonText(call.body) }),
      agent: url.protocol === 'https:' ? httpsAgent : httpAgent,
      redirect: 'manual',
      signal: limit.signal,
    })
    hasBegun = true
    return { ...(await readAnswer(response, call, url)), account: accountOf(headers) }
  } catch (cause) {
    limit.signal.throwIfAborted()
    if (cause instanceof RunError) throw cause
    throw unreachable(call.purpose, url, cause)
  }
}

async function headersOf(
  call: Call,
  credentials: Credentials,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const content = call.body === undefined ? {} : { 'Content-Type': 'application/json' }
  return { ...content, ...(await credentials(call.probe ? 'probe' : 'call', signal)) }
}

async function readAnswer(
  response: Response,
  call: Call,
  url: URL,
): Promise<Omit<Answer, 'account'>> {
  const text = await readText(response, call, url)
  const isHtml = (response.headers.get('content-type') ?? '').startsWith('text/html')
  const baseUrl = isHtml ? baseUrlIn(text) : undefined
  return {
    status: response.status,
    json: parsed(text),
    ...(call.wantsText && response.ok ? { text } : {}),
    isHtml,
    ...(baseUrl === undefined ? {} : { baseUrl }),
    location: response.headers.get('location'),
    setCookies: response.headers.raw()['set-cookie'] ?? [],
    serverName: response.headers.get('server') ?? '',
  }
}

/** The whole body of a good answer, or of another one as long as it is of use. */
async function readText(response: Response, call: Call, url: URL): Promise<string> {
  const { limit = answerLimits.model } = call
  if (!response.ok) return (await readBody(response.body, maxRefusalBytes)) ?? ''
  const text = await readBody(response.body, limit.bytes)
  if (text !== null) return text
  const size = `the answer of ${url.host} has more than ${sizeText(limit.bytes)}`
  throw new RunError(limit.code, `Cannot ${call.purpose}: ${size}; ${limit.advice}`)
}

/** Jupyter's pages name their icon, which every server has at the same place below its base URL. */
function baseUrlIn(page: string): string | undefined {
  return /href="(\/[\w./~%@-]{0,200})static\/favicon\.ico/.exec(page)?.[1]
}

function parsed(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}

function tooSlow(
  call: Call,
  url: URL,
  { timeoutMs, hasBegun }: { readonly timeoutMs: number; readonly hasBegun: boolean },
): RunError {
  const what = hasBegun ? 'did not end its answer' : 'did not answer'
  return new RunError(
    'SERVER_UNREACHABLE',
    `Cannot ${call.purpose}: ${url.host} ${what} within ${timeoutMs / 1000} s`,
  )
}
