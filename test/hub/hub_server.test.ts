import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import type { RunEvent } from '../../src/events.ts'
import { HubApi } from '../../src/hub/hub_api.ts'
import { HubServer, type HubServerOptions } from '../../src/hub/hub_server.ts'
import { tokenCredentials } from '../../src/jupyter/credentials.ts'
import { RestClient } from '../../src/jupyter/rest.ts'
import { FakeHub, progress, hubResponse } from '../support/fake_hub.ts'
import { neverAborts } from '../support/observe.ts'
import { rejectionOf } from '../support/rejection.ts'

const ready = { progress: 100, ready: true, message: 'Server ready', url: '/user/ann/nbt-1/' }
const scheduling = { progress: 20, message: 'Node pool is\nscaling up' }

function serverOn(hub: FakeHub, changes: Partial<HubServerOptions> = {}) {
  const events: RunEvent[] = []
  const api = new HubApi(new RestClient(hub.url, tokenCredentials('secret')))
  const options: HubServerOptions = {
    isNew: true,
    spawnerOptions: { profile: 'large' },
    startTimeoutMs: 20_000,
    emit: (event) => void events.push(event),
    ...changes,
  }
  return { server: new HubServer(api, { user: 'ann', server: 'nbt-1' }, options), events }
}

describe('HubServer.start()', () => {
  test('gives the spawner its options, tells what the Hub says, and returns the address', async () => {
    await using hub = await FakeHub.start()
    hub.script('POST', hubResponse(202))
    hub.script('progress', progress([scheduling, scheduling, ready]))
    const { server, events } = serverOn(hub)
    const url = await server.start(neverAborts)
    expect(url.href).toBe(new URL('/user/ann/nbt-1/', hub.url).href)
    expect(hub.calls[0]).toEqual({
      name: 'POST',
      path: '/hub/api/users/ann/servers/nbt-1',
      body: '{"profile":"large"}',
    })
    expect(events).toEqual([
      { type: 'hub_starting', hub: hub.url.href, user: 'ann', server: 'nbt-1' },
      { type: 'server_waiting', attempt: 1, reason: 'Node pool is scaling up (20 %)' },
    ])
    expect(server.report).toMatchObject({ startMs: expect.any(Number), stopped: null })
  })

  test.each([
    { name: 'is full', answer: hubResponse(429, 'Active user limit exceeded.') },
    {
      name: 'still stops the server before',
      answer: hubResponse(400, 'ann/nbt-1 is pending stop'),
    },
    { name: 'is restarted', answer: hubResponse(503, 'Hub is shutting down') },
  ])('asks again while the Hub $name', async ({ answer }) => {
    await using hub = await FakeHub.start()
    hub.script('POST', answer, hubResponse(201))
    hub.script('progress', progress([ready]))
    await serverOn(hub).server.start(neverAborts)
    expect(hub.countOf('POST')).toBe(2)
  })

  test('takes a server as its own that an answer that was lost has started', async () => {
    await using hub = await FakeHub.start()
    hub.script(
      'POST',
      (response) => void response.destroy(),
      hubResponse(400, 'ann/nbt-1 is already running'),
    )
    hub.script('progress', progress([ready]))
    hub.script('DELETE', hubResponse(204))
    const { server } = serverOn(hub)
    await server.start(neverAborts)
    await server.stop(5_000, neverAborts)
    expect(server.report.stopped).toBe(true)
  })

  test('follows the start again when the stream breaks', async () => {
    await using hub = await FakeHub.start()
    hub.script('POST', hubResponse(202))
    hub.script('progress', progress([scheduling], false), progress([scheduling, ready]))
    await serverOn(hub).server.start(neverAborts)
    expect(hub.countOf('progress')).toBe(2)
  })

  test.each([
    {
      name: 'an address of another origin',
      answer: progress([{ ...ready, url: 'https://ann.hub.test/' }]),
      said: 'its address "https://ann.hub.test/" is not one of http://127.0.0.1',
    },
    {
      name: 'a failure',
      answer: progress([scheduling, { failed: true, message: 'Spawn failed: no quota' }]),
      said: 'Cannot start the server "ann/nbt-1": Spawn failed: no quota',
    },
    {
      name: 'that nothing starts',
      answer: hubResponse(400, 'ann/nbt-1 is not starting...'),
      said: 'JupyterHub does not start it any more (400: ann/nbt-1 is not starting...)',
    },
  ])('throws HUB_START_FAILED when the Hub tells $name', async ({ answer, said }) => {
    await using hub = await FakeHub.start()
    hub.script('POST', hubResponse(202))
    hub.script('progress', answer)
    const error = await rejectionOf(serverOn(hub).server.start(neverAborts))
    expect(error).toMatchObject({ code: 'HUB_START_FAILED' })
    expect(error.message).toContain(said)
  })

  test.each([
    {
      name: 'has no named servers',
      answer: hubResponse(400, 'Named servers are not enabled.'),
      code: 'HUB_START_FAILED',
      said: 'allow_named_servers',
    },
    {
      name: 'has a limit',
      answer: hubResponse(400, 'User ann already has the maximum of 3 named servers.'),
      code: 'HUB_START_FAILED',
      said: 'the maximum of 3 named servers',
    },
    {
      name: 'hides the user',
      answer: hubResponse(404, 'No access to resources or resources not found'),
      code: 'HUB_FORBIDDEN',
      said: 'give its role the scopes "servers!user=ann"',
    },
  ])('has nothing to stop when the Hub $name', async ({ answer, code, said }) => {
    await using hub = await FakeHub.start()
    hub.script('POST', answer)
    const { server } = serverOn(hub)
    const error = await rejectionOf(server.start(neverAborts))
    expect(error).toMatchObject({ code, message: expect.stringContaining(said) })
    await server.stop(1_000, neverAborts)
    expect(hub.countOf('DELETE')).toBe(0)
    expect(server.report.stopped).toBeNull()
  })

  test('throws HUB_START_FAILED with the last words of the Hub when time is over', async () => {
    await using hub = await FakeHub.start()
    hub.script('POST', hubResponse(202))
    hub.script('progress', progress([scheduling]))
    const { server } = serverOn(hub, { startTimeoutMs: 1_200 })
    const error = await rejectionOf(server.start(neverAborts))
    expect(error.message).toBe(
      'Cannot start the server "ann/nbt-1": it was not ready within 1.2 s (--start-timeout); ' +
        'JupyterHub said last: Node pool is scaling up (20 %)',
    )
  })
})

describe('HubServer.stop()', () => {
  test('waits for a Hub that cannot stop a server that starts, and then until it is gone', async () => {
    await using hub = await FakeHub.start()
    hub.script('POST', hubResponse(202))
    hub.script('progress', progress([ready]))
    hub.script(
      'DELETE',
      hubResponse(400, 'ann/nbt-1 is pending spawn, please wait'),
      hubResponse(202),
    )
    const active = { servers: { 'nbt-1': { pending: 'stop', ready: false } } }
    hub.script('GET', hubResponse(200, '', active), hubResponse(200, '', { servers: {} }))
    const { server } = serverOn(hub)
    await server.start(neverAborts)
    await server.stop(10_000, neverAborts)
    expect(server.report.stopped).toBe(true)
    expect(hub.calls.map(({ name }) => name).slice(2)).toEqual(['DELETE', 'DELETE', 'GET', 'GET'])
    expect(hub.calls[3]?.body).toBe('{"remove":true}')
  })

  test('does not remove a server that has a name of its own', async () => {
    await using hub = await FakeHub.start()
    hub.script('GET', hubResponse(200, '', { servers: {} }))
    hub.script('POST', hubResponse(201))
    hub.script('progress', progress([ready]))
    hub.script('DELETE', hubResponse(204))
    const { server } = serverOn(hub, { isNew: false })
    await server.start(neverAborts)
    await server.stop(1_000, neverAborts)
    expect(hub.calls.at(-1)).toMatchObject({ name: 'DELETE', body: '{}' })
    expect(server.report.stopped).toBe(true)
  })

  test('needs nobody to wait for a Hub that has begun to stop it', async () => {
    await using hub = await FakeHub.start()
    hub.script('POST', hubResponse(201))
    hub.script('progress', progress([ready]))
    hub.script('DELETE', hubResponse(202))
    hub.script('GET', hubResponse(200, '', { servers: { 'nbt-1': { pending: 'stop' } } }))
    const { server } = serverOn(hub)
    await server.start(neverAborts)
    await server.stop(10_000, AbortSignal.timeout(800))
    expect(server).toMatchObject({ report: { stopped: true }, stopError: null })
  })

  test('tells why a server may be left', async () => {
    await using hub = await FakeHub.start()
    hub.script('POST', hubResponse(201))
    hub.script('progress', progress([ready]))
    hub.script('DELETE', () => undefined)
    const { server } = serverOn(hub)
    await server.start(neverAborts)
    await server.stop(500, neverAborts)
    expect(server.report.stopped).toBe(false)
    expect(server.stopError?.message).toContain('JupyterHub did not say so within 0.5 s')
  })

  test('leaves a server that ran, and one that somebody else was starting', async () => {
    await using hub = await FakeHub.start()
    hub.script('progress', progress([ready]))
    for (const state of [
      { pending: null, ready: true },
      { pending: 'spawn', ready: false },
    ]) {
      hub.script('GET', hubResponse(200, '', { servers: { 'nbt-1': state } }))
      const { server } = serverOn(hub, { isNew: false })
      await server.start(neverAborts)
      await server.stop(1_000, neverAborts)
      expect(server.report).toMatchObject({ startMs: expect.any(Number), stopped: null })
    }
    await pause(50)
    expect([hub.countOf('POST'), hub.countOf('DELETE')]).toEqual([0, 0])
  })
})
