import { describe, expect, test } from '@jest/globals'
import { RunError } from '../../src/errors.ts'
import { tokenCredentials } from '../../src/jupyter/credentials.ts'
import { callServer, type Call } from '../../src/jupyter/http.ts'
import { FakeJupyter } from '../support/fake_jupyter.ts'
import { token } from '../support/fake_request.ts'
import { tokenPage } from '../support/fake_rest.ts'
import { never } from '../support/observe.ts'

function call(jupyter: FakeJupyter, changes: Partial<Call> = {}, signal = never) {
  const url = new URL('api/kernelspecs', jupyter.url)
  return callServer(url, tokenCredentials(token), { purpose: 'call', ...changes }, signal)
}

describe('callServer()', () => {
  test('callServer() gives what the server says', async () => {
    await using jupyter = await FakeJupyter.start()
    const headers = { Server: 'Fake', 'Content-Type': 'application/json', Location: '/there' }
    jupyter.script('kernelspecs', { status: 201, body: { a: 1 }, headers })
    expect(await call(jupyter)).toMatchObject({
      status: 201,
      json: { a: 1 },
      isHtml: false,
      location: '/there',
      serverName: 'Fake',
    })
  })

  test('callServer() sends the token, and not when it is a probe', async () => {
    await using jupyter = await FakeJupyter.start()
    await call(jupyter)
    await call(jupyter, { probe: true })
    const [first, second] = jupyter.requests
    expect(first?.headers.authorization).toBe(`token ${token}`)
    expect(second?.headers.authorization).toBeUndefined()
    expect(first?.headers.origin).toBeUndefined()
  })

  test('callServer() sends a body as JSON', async () => {
    await using jupyter = await FakeJupyter.start()
    const url = new URL('api/kernels', jupyter.url)
    const body = { name: 'é', kernel_id: '0-0-0-0-0' }
    const post: Call = { purpose: 'call', method: 'POST', body }
    await callServer(url, tokenCredentials(token), post, never)
    expect(JSON.parse(jupyter.requests[0]?.body ?? '')).toEqual(body)
    expect(jupyter.requests[0]?.headers['content-type']).toBe('application/json')
  })

  test('callServer() keeps nothing of a body that is not JSON', async () => {
    await using jupyter = await FakeJupyter.start()
    jupyter.script('kernelspecs', tokenPage(404, token))
    const answer = await call(jupyter)
    expect(answer).toMatchObject({ status: 404, json: undefined, isHtml: true })
    expect(JSON.stringify(answer)).not.toMatch(/secret/)
  })

  test.each([301, 302, 303, 307, 308])('callServer() does not follow a %d', async (status) => {
    await using elsewhere = await FakeJupyter.start()
    await using jupyter = await FakeJupyter.start()
    jupyter.script('kernelspecs', { status, headers: { Location: elsewhere.url.href } })
    const answer = await call(jupyter)
    expect(answer).toMatchObject({ status, location: elsewhere.url.href })
    expect(elsewhere.requests).toEqual([])
    expect(jupyter.requests).toHaveLength(1)
  })

  test.each([
    ['nothing', { silence: 'hang' as const }],
    ['half of an answer', { headers: { 'Content-Length': '1000' }, body: 'half', delayMs: 0 }],
  ])('callServer() ends when the server says %s', async (_, answer) => {
    await using jupyter = await FakeJupyter.start()
    jupyter.script('kernelspecs', answer)
    await expect(call(jupyter, { timeoutMs: 200 })).rejects.toMatchObject({
      code: 'SERVER_UNREACHABLE',
    })
  })

  test('callServer() says how long it waited', async () => {
    await using jupyter = await FakeJupyter.start()
    jupyter.always('kernelspecs', { silence: 'hang' })
    const message = `Cannot call: ${jupyter.url.host} did not answer within 0.1 s`
    await expect(call(jupyter, { timeoutMs: 100 })).rejects.toMatchObject({ message })
  })

  test('callServer() throws the reason of the signal, before and during the call', async () => {
    await using jupyter = await FakeJupyter.start()
    jupyter.always('kernelspecs', { silence: 'hang' })
    const reason = new RunError('CANCELLED', 'Cannot go on: stopped')
    await expect(call(jupyter, {}, AbortSignal.abort(reason))).rejects.toBe(reason)
    const stop = new AbortController()
    setTimeout(() => stop.abort(reason), 50)
    await expect(call(jupyter, {}, stop.signal)).rejects.toBe(reason)
  })

  test('callServer() says that the server closed the connection', async () => {
    await using jupyter = await FakeJupyter.start()
    jupyter.script('kernelspecs', { silence: 'drop' })
    await expect(call(jupyter)).rejects.toMatchObject({
      code: 'SERVER_UNREACHABLE',
      message: expect.stringContaining('it closed the connection'),
    })
  })

  test('callServer() says that a plain http server does not speak https', async () => {
    await using jupyter = await FakeJupyter.start()
    const url = new URL(jupyter.url)
    url.protocol = 'https:'
    const called = callServer(url, tokenCredentials(token), { purpose: 'call' }, never)
    await expect(called).rejects.toMatchObject({ code: 'TLS_FAILED' })
  })
})
