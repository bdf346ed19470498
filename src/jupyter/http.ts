import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import fetch, { type Response } from 'node-fetch'
import { RunError } from '../errors.ts'
import { jsonText, parseJson } from '../exact_json.ts'
import { deadline } from '../lifetime.ts'
import type { Answer } from './answer.ts'
import type { Credentials } from './credentials.ts'
import { accountOf } from './id_token.ts'
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
}

const requestTimeoutMs = 30_000
const maxBodyBytes = 512 * 1024 * 1024

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
  using limit = deadline(timeoutMs, () => tooSlow(call, url, timeoutMs), signal)
  const headers = await headersOf(call, credentials, limit.signal)
  try {
    limit.signal.throwIfAborted() // node-fetch leaves the error of an unsent body to nobody
    const response = await fetch(url, {
      method: call.method ?? 'GET',
      headers,
      ...(call.body === undefined ? {} : { body: jsonText(call.body) }),
      agent: url.protocol === 'https:' ? httpsAgent : httpAgent,
      redirect: 'manual',
      size: maxBodyBytes,
      signal: limit.signal,
    })
    return { ...(await readAnswer(response, call)), account: accountOf(headers) }
  } catch (cause) {
    limit.signal.throwIfAborted()
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

async function readAnswer(response: Response, call: Call): Promise<Omit<Answer, 'account'>> {
  const text = await response.text()
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

function tooSlow(call: Call, url: URL, timeoutMs: number): RunError {
  const seconds = timeoutMs / 1000
  return new RunError(
    'SERVER_UNREACHABLE',
    `Cannot ${call.purpose}: ${url.host} did not answer within ${seconds} s`,
  )
}
