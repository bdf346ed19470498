import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import fetch, { FetchError } from 'node-fetch'
import pRetry from 'p-retry'
import { RunError } from '../errors.ts'
import { connectionProblem } from '../jupyter/response_error.ts'
import { quoteForError } from '../util/text.ts'
import { checkLiteralAddress, type LookupAll, publicLookup } from './public_address.ts'
import { maxSourceBytes, tooLarge } from './source.ts'

export interface Download {
  /** What is read, for messages: the address of the notebook. */
  readonly address: string
  readonly headers?: Readonly<Record<string, string>>
  /** Whether the host may have an address of a private network, or of this machine. */
  readonly allowPrivate: boolean
  /** Looks up names in place of node:dns. */
  readonly lookupAll?: LookupAll
}

export interface Downloaded {
  readonly status: number
  readonly header: (name: string) => string | null
  readonly bytes: Buffer
}

/**
 * Makes a GET request, and returns the answer whatever its status; one that may pass (429, 5xx) is
 * asked for twice more. Follows no redirects. Throws SOURCE_UNREACHABLE, SOURCE_NOT_ALLOWED for a
 * private address, and NOTEBOOK_INVALID for too much. Its messages hold no query of the URL.
 */
export async function download(
  url: URL,
  options: Download,
  signal: AbortSignal,
): Promise<Downloaded> {
  return await pRetry(() => downloadOnce(url, options, signal), {
    retries: 2,
    minTimeout: 500,
    signal,
    shouldRetry: ({ error }) => error instanceof RunError && error.code === 'SOURCE_UNREACHABLE',
  })
}

async function downloadOnce(url: URL, options: Download, signal: AbortSignal): Promise<Downloaded> {
  const { address, headers, allowPrivate } = options
  if (!allowPrivate) checkLiteralAddress(url.hostname)
  let addressError: RunError | null = null
  try {
    const response = await fetch(url, {
      headers: { 'User-Agent': 'nbtrigger', ...headers },
      agent: agentFor(url, options, (error) => void (addressError = error)),
      redirect: 'manual',
      size: maxSourceBytes,
      signal,
    })
    const { status } = response
    if (status === 429 || status >= 500) throw unreachable(address, url, `it answers ${status}`)
    const bytes = Buffer.from(await response.arrayBuffer())
    return { status, header: (name) => response.headers.get(name), bytes }
  } catch (cause) {
    signal.throwIfAborted()
    if (cause instanceof FetchError && cause.type === 'max-size') throw tooLarge(address)
    if (cause instanceof RunError) throw cause
    throw addressError ?? unreachable(address, url, connectionProblem(cause), cause)
  }
}

function agentFor(
  { protocol }: URL,
  { allowPrivate, lookupAll }: Download,
  onPrivateAddress: (error: RunError) => void,
): HttpAgent {
  const lookup = allowPrivate ? {} : { lookup: publicLookup(onPrivateAddress, lookupAll) }
  const options = { keepAlive: false, ...lookup }
  return protocol === 'https:' ? new HttpsAgent(options) : new HttpAgent(options)
}

function unreachable(address: string, { host }: URL, reason: string, cause?: unknown): RunError {
  const what = `Cannot read the notebook ${quoteForError(address)} from ${host}: ${reason}`
  return new RunError('SOURCE_UNREACHABLE', what, { cause })
}
