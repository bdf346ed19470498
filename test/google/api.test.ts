import { once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import { text as readText } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import {
  callGoogle,
  codeOf,
  endpointOf,
  type GoogleCall,
  textOfFailure,
} from '../../src/google/api.ts'
import { publishMessage, pubsubProblem } from '../../src/google/pubsub.ts'
import { neverAborts } from '../support/observe.ts'
import { closeServer, freePort, portOf } from '../support/port.ts'

interface Received {
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

const options = { hasCredentials: false, retries: 2, minWaitMs: 1, maxWaitMs: 5 } as const
const environment = { ...process.env }
/** Statuses of the next answers; 200 when there is none. */
const statuses: number[] = []
const received: Received[] = []
let server: Server
let host: string

let tokensGiven = 0

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { url = '', headers } = request
  const body = await readText(request)
  if (url.startsWith('/computeMetadata')) {
    const isToken = url.includes('/token')
    tokensGiven += isToken ? 1 : 0
    response.setHeader('Metadata-Flavor', 'Google').setHeader('Content-Type', 'application/json')
    const token = { access_token: 'a-token', expires_in: 3600, token_type: 'Bearer' }
    response.end(isToken ? JSON.stringify(token) : 'project-of-the-machine')
    return
  }
  received.push({ url, headers, body })
  const status = statuses.shift() ?? 200
  const json = { error: { code: status, message: `refused with\n${status}` } }
  response.writeHead(status).end(status === 200 ? '{"number":1.0}' : JSON.stringify(json))
}

beforeAll(async () => {
  server = createServer((request, response) => void answer(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  host = `127.0.0.1:${portOf(server)}`
})

afterEach(() => {
  statuses.length = 0
  received.length = 0
  for (const name of Object.keys(process.env)) {
    if (!(name in environment)) delete process.env[name]
  }
  Object.assign(process.env, environment)
})
afterAll(async () => {
  await closeServer(server)
})

function withoutCredentials(): void {
  Object.assign(process.env, { HOME: '/nowhere', CLOUDSDK_CONFIG: '/nowhere' })
  delete process.env['GOOGLE_APPLICATION_CREDENTIALS']
}

function callTo(path: string): GoogleCall {
  return { url: new URL(path, `http://${host}`) }
}

async function callWithCredentials(): Promise<string> {
  return await callGoogle(callTo('/x'), { ...options, hasCredentials: true }, neverAborts)
}

async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return await call.then(
    () => null,
    (error: unknown) => error,
  )
}

describe('callGoogle()', () => {
  test('returns the text of the answer, as it came', async () => {
    expect(await callGoogle(callTo('/x'), options, neverAborts)).toBe('{"number":1.0}')
    expect(received[0]?.headers['authorization']).toBeUndefined()
  })

  test.each([408, 429, 500, 502, 503, 504])('repeats a call that fails with %d', async (status) => {
    statuses.push(status, status)
    expect(await callGoogle(callTo('/x'), options, neverAborts)).toBe('{"number":1.0}')
    expect(received).toHaveLength(3)
  })

  test('throws what is said of the last of the repetitions', async () => {
    statuses.push(503, 503, 503)
    const error = await failureOf(callGoogle(callTo('/x'), options, neverAborts))
    expect([codeOf(error), textOfFailure(error)]).toEqual(['503', 'refused with 503'])
  })

  test.each([400, 403, 404, 412])('throws a %d at once', async (status) => {
    statuses.push(status)
    const error = await failureOf(callGoogle(callTo('/x'), options, neverAborts))
    expect([codeOf(error), textOfFailure(error)]).toEqual([
      String(status),
      `refused with ${status}`,
    ])
    expect(received).toHaveLength(1)
  })

  test('refuses an answer that is too large', async () => {
    const error = await failureOf(
      callGoogle({ ...callTo('/x'), maxBytes: 5 }, options, neverAborts),
    )
    expect(codeOf(error)).toBe('TOO_LARGE')
  })

  test('asks for one access token for all calls of the process', async () => {
    withoutCredentials()
    Object.assign(process.env, {
      GCE_METADATA_HOST: host,
      METADATA_SERVER_DETECTION: 'assume-present',
    })
    await Promise.all([callWithCredentials(), callWithCredentials()])
    await callWithCredentials()
    expect(received.map(({ headers }) => headers['authorization'])).toEqual(
      Array.from({ length: 3 }, () => 'Bearer a-token'),
    )
    expect(tokensGiven).toBe(1)
  })

  test('throws the reason of its signal at once', async () => {
    statuses.push(503, 503)
    const stopping = new AbortController()
    const slow = { ...options, minWaitMs: 60_000, maxWaitMs: 60_000 }
    const call = failureOf(callGoogle(callTo('/x'), slow, stopping.signal))
    setTimeout(() => stopping.abort(new Error('stopped')), 100)
    expect(await call).toMatchObject({ message: 'stopped' })
  })
})

describe('endpointOf()', () => {
  test.each([
    { emulator: null, expected: 'https://usual.example/' },
    { emulator: 'localhost:8085', expected: 'http://localhost:8085/' },
    { emulator: 'http://gcs:4443/', expected: 'http://gcs:4443/' },
    { emulator: 'https://gcs', expected: 'https://gcs/' },
  ])('of $emulator', ({ emulator, expected }) => {
    expect(endpointOf(emulator, 'https://usual.example').href).toBe(expected)
  })
})

describe('publishMessage()', () => {
  const message = { data: Buffer.from('größe'), attributes: { outcome: 'failed' } }
  const publish = async (topic: string, project: string | null = 'p-1', emulator = host) =>
    await publishMessage({ topic, project, emulator }, message, neverAborts)

  test('publishes the message to a topic of the project', async () => {
    await publish('t_results')
    await publish('projects/another/topics/a+b%c')
    expect(received.map(({ url }) => url)).toEqual([
      '/v1/projects/p-1/topics/t_results:publish',
      '/v1/projects/another/topics/a+b%25c:publish',
    ])
    expect(JSON.parse(received[0]?.body ?? '')).toEqual({
      messages: [
        { data: Buffer.from('größe').toString('base64'), attributes: { outcome: 'failed' } },
      ],
    })
  })

  test('goes on while Pub/Sub fails for a passing reason', async () => {
    statuses.push(503, 429, 500)
    await publish('t_results')
    expect(received).toHaveLength(4)
  })

  test.each([
    { status: 404, expected: 'there is no such topic' },
    { status: 403, expected: 'the caller needs the role pubsub.publisher on the topic' },
    { status: 401, expected: 'does not accept the credentials' },
    { status: 400, expected: 'Pub/Sub fails with 400: refused with 400' },
  ])('explains a $status', async ({ status, expected }) => {
    statuses.push(status)
    const { what, advice } = pubsubProblem(await failureOf(publish('t_results')), 't_results')
    expect(`${what}; ${advice}`).toContain(expected)
    expect(received).toHaveLength(1)
  })

  test('explains that nothing answers', async () => {
    const error = await failureOf(publish('t_results', 'p-1', `127.0.0.1:${await freePort()}`))
    expect(pubsubProblem(error, 't_results').what).toContain('Pub/Sub fails with ECONNREFUSED')
  })
})
