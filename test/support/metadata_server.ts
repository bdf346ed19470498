import { type KeyObject, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { mintIdToken, signingKey } from './id_token.ts'
import { closeServer, portOf } from './port.ts'

export const functionAccount = 'nbtrigger-function@test.iam.gserviceaccount.com'

/** What Google Cloud's metadata server does of itself: tokens for any caller inside. */
export class MetadataServer implements AsyncDisposable {
  readonly key: KeyObject = signingKey()
  /** How many questions came. */
  asked = 0
  /** Every token that was given, in order. */
  readonly minted: string[] = []
  /** The access token of the account. */
  readonly accessToken = `ya29.${randomBytes(24).toString('base64url')}`
  /** How long a token is good. The library fetches anew what ends within five minutes. */
  lifetimeSeconds = 3600
  /** The audience of every token; null for the one that is asked for. */
  audience: string | null = null
  /** What becomes of a question. */
  fault: 'none' | 'silence' | { readonly status: number; readonly body?: string } = 'none'
  /** How far its clock is ahead of ours. */
  aheadSeconds = 0
  readonly #held = new Set<ServerResponse>()
  readonly #server = createServer((request, response) => this.#answer(request, response))

  static async start(): Promise<MetadataServer> {
    const metadata = new MetadataServer()
    metadata.#server.listen(0, '127.0.0.1')
    await once(metadata.#server, 'listening')
    return metadata
  }

  /** "127.0.0.1:PORT", for GCE_METADATA_HOST. */
  get host(): string {
    return `127.0.0.1:${portOf(this.#server)}`
  }

  /** Seconds since 1970 by its clock. */
  get now(): number {
    return Math.floor(Date.now() / 1000) + this.aheadSeconds
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#server.listening) return
    // Callers that still wait are told that there is nothing, so that they do not ask again.
    for (const response of this.#held) response.writeHead(404).end()
    await closeServer(this.#server)
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '', `http://${this.host}`)
    const audience = url.searchParams.get('audience')
    const isFlavoured = request.headers['metadata-flavor'] === 'Google'
    const isIdentity = url.pathname.endsWith('/service-accounts/default/identity')
    this.asked += 1
    response.setHeader('Metadata-Flavor', 'Google')
    if (this.fault === 'silence') return void this.#held.add(response)
    if (this.fault !== 'none') return this.#fail(response, this.fault)
    if (isFlavoured && url.pathname.endsWith('/service-accounts/default/token')) {
      const body = { access_token: this.accessToken, expires_in: this.lifetimeSeconds }
      response.setHeader('content-type', 'application/json')
      return void response.end(JSON.stringify({ ...body, token_type: 'Bearer' }))
    }
    if (!isFlavoured || !isIdentity || audience === null) return void response.writeHead(404).end()
    const exp = this.now + this.lifetimeSeconds
    const token = mintIdToken(
      { aud: this.audience ?? audience, email: functionAccount, exp },
      this.key,
    )
    this.minted.push(token)
    response.end(token)
  }

  #fail(response: ServerResponse, { status, body = '' }: { status: number; body?: string }): void {
    response.writeHead(status).end(body)
  }
}
