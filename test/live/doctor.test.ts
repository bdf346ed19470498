import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { RunError } from '../../src/errors.ts'
import { Certificate } from '../support/certificate.ts'
import { command } from '../support/command.ts'
import { describeWith } from '../support/describe_with.ts'
import { runDoctor } from '../support/doctor_run.ts'
import { FaultProxy, isChannel, type Fault } from '../support/fault_proxy.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { LoadBalancer } from '../support/load_balancer.ts'
import { Opened } from '../support/opened.ts'
import { freePort } from '../support/port.ts'
import { runArgs } from '../support/run_args.ts'
import { jupyterConfig } from '../support/jupyter_config.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'

const reference = '/workspaces/JupyterAPI_Test.ipynb'
const opened = new Opened()
let server: JupyterServer
let env: Readonly<Record<string, string>>

beforeAll(async () => {
  const folder = opened.use(await ScratchFolder.make('doctor'))
  await writeFile(
    join(folder.path, 'jupyter_server_config.py'),
    jupyterConfig() +
      '# c.MappingKernelManager.cull_idle_timeout = 0\n' +
      'c.MappingKernelManager.cull_idle_timeout = 900\n' +
      'c.ZMQChannelsWebsocketConnection.limit_rate = False\n',
  )
  server = opened.use(
    await JupyterServer.start({ baseUrl: '/user/ann', env: { JUPYTER_CONFIG_DIR: folder.path } }),
  )
  env = { JUPYTER_TOKEN: server.token, JUPYTER_BASE_URL: '/user/ann' }
})
afterAll(() => opened[Symbol.asyncDispose]())

function verdictsOf({ findings }: Awaited<ReturnType<typeof runDoctor>>) {
  return Object.fromEntries(Object.entries(findings).map(([name, { verdict }]) => [name, verdict]))
}

/** The one check that is bad. */
function badOf({ findings }: Awaited<ReturnType<typeof runDoctor>>): string {
  const bad = Object.entries(findings).filter(([, { verdict }]) => verdict === 'bad')
  return bad.map(([name, { what, advice }]) => `${name}: ${what}; ${advice}`).join('\n')
}

describe('nbtrigger doctor', () => {
  test('finds everything good on a well-configured server, and leaves no kernel', async () => {
    await server.writeNotebook('daily.ipynb', [
      { type: 'code', source: 'day = 1', metadata: { tags: ['parameters'] } },
      '1',
    ])
    const args = ['doctor', server.host, '/daily.ipynb', '--json']
    const { status, stdout, stderr } = await command(args, env)
    const findings: readonly { readonly check: string; readonly verdict: string }[] =
      JSON.parse(stdout)
    expect(findings.filter(({ verdict }) => verdict !== 'good')).toEqual([])
    expect(findings).toHaveLength(18)
    expect(stderr.trim().split('\n')).toHaveLength(18)
    const text = (check: string) => JSON.stringify(findings.find((found) => found.check === check))
    expect(text('version')).toMatch(/Jupyter Server 2\.\d+/)
    expect(text('notebook')).toContain('nbformat 4.5 with 2 cells, 2 of them to run; it takes day')
    expect(text('culling')).toMatch(/kernels idle for 900 s are ended \(.*server_config\.py\)/)
    expect(text('rate limit')).toContain('3.5 MB, and 3200 messages, at once came through')
    expect(status).toBe(0)
    expect(stdout + stderr).not.toContain(server.token)
    expect(await server.kernels()).toEqual([])
  })

  test('reports what is missing, and skips checks that need it', async () => {
    const args = [server.host, '/missing.ipynb', '-k', 'nope']
    const found = await runDoctor(args, env)
    expect(badOf(found).split('\n')).toEqual([
      expect.stringMatching(/^notebook: .*no such file; the path starts at the server's root/),
      expect.stringMatching(/^kernelspec: .*"nope": the server has "python3".*; install/),
    ])
    expect(found.findings['kernel']?.what).toBe('because "kernelspec" is bad')
    expect(found.status).toBe(3)
  })

  test('finds the base URL of a server that has another one', async () => {
    const found = await runDoctor([server.host], { JUPYTER_TOKEN: server.token })
    expect(badOf(found)).toBe(
      'base URL: a Jupyter Server answers, but at "/user/ann/" and not at "/"; ' +
        'add --base-url /user/ann/',
    )
  })

  test('reports a wrong token without showing it', async () => {
    const found = await runDoctor([server.host], { ...env, JUPYTER_TOKEN: 'wrong-token' })
    expect(badOf(found)).toMatch(/^token: .*refuses the token \(403/)
    expect(found.output).not.toContain('wrong-token')
    const word = await runDoctor([server.host], { ...env, JUPYTER_TOKEN: 'good' })
    expect(word.output).toMatch(/^name {8}good /)
  })

  test('reports what it cannot connect to', async () => {
    const nobody = await runDoctor([`127.0.0.1:${await freePort()}`], env)
    expect(badOf(nobody)).toMatch(
      /^connection: .*connection refused\); check the host and the port/,
    )
    const nameless = await runDoctor(['no-such-host.invalid:8888'], env)
    expect(badOf(nameless)).toMatch(/^name: /)
  })

  test.each([[['--nonsense']], [[]]])('refuses %j as a run does, with status 2', async (args) => {
    const { status, output } = await runDoctor(args, env)
    expect([status, output]).toEqual([2, expect.stringMatching(/^Cannot /)])
  })

  test('deletes its kernel when it is interrupted', async () => {
    await using proxy = await FaultProxy.start(server.host)
    const stop = new AbortController()
    proxy.rule = (line) => {
      if (isChannel(line)) stop.abort(new RunError('CANCELLED', 'Cannot go on: stopped'))
      return 'pass'
    }
    const { status, output } = await runDoctor([proxy.host], env, stop.signal)
    expect([status, output.split('\n').at(-1)]).toEqual([130, 'Cannot go on: stopped [CANCELLED]'])
    expect(await server.kernels()).toEqual([])
  })

  test.each<[string, string, (line: string) => Fault, RegExp]>([
    [
      'IAM',
      '/api ',
      () => ({ status: 403, headers: 'Server: Google Frontend\r\nContent-Type: text/html\r\n' }),
      /^access: .*Google Cloud refuses the call.*NBTRIGGER_AUTH=iam/,
    ],
    ['JupyterHub', '/api ', () => ({ status: 424 }), /^base URL: .*user's server is not running/],
    [
      'a login page',
      '/api ',
      () => ({ status: 302, headers: 'Location: /hub/login\r\n' }),
      /^base URL: .*login page/,
    ],
    ['what never wakes up', '/api ', () => ({ status: 503 }), /^answer: .*503/],
    ['no WebSockets', '/channels', () => ({ status: 400 }), /^kernel: .*WebSocket with 400.*proxy/],
  ])('distinguishes %s from everything else', async (_, part, fault, expected) => {
    await using proxy = await FaultProxy.start(server.host)
    proxy.rule = (line) => (`${line} `.includes(part) ? fault(line) : 'pass')
    const startSeconds = part === '/channels' ? '10' : '2'
    const found = await runDoctor([proxy.host, reference, '--start-timeout', startSeconds], env)
    expect(badOf(found)).toMatch(expected)
    expect(badOf(found)).not.toContain('\n')
    expect(await server.kernels()).toEqual([])
  })
})

describeWith('openssl', 'nbtrigger doctor and https', () => {
  test('distinguishes trusted certificates from others', async () => {
    const tls = opened.use(await Certificate.make())
    await using secure = await JupyterServer.start({ tls })
    const args = [secure.host, '--use-https']
    const strange = await runDoctor(args, { JUPYTER_TOKEN: secure.token })
    expect(badOf(strange)).toMatch(/^connection: .*not trusted; name its authority in NODE_EXTRA/)
    const trusting = { JUPYTER_TOKEN: secure.token, NODE_EXTRA_CA_CERTS: tls.cert }
    const { stdout } = await command(['doctor', ...args], trusting)
    expect(stdout).toMatch(
      /^connection {2}warning {2}TLSv1\.\d in \d+ ms, .* good for 1 days; renew/m,
    )
    const plain = await runDoctor([secure.host, '--start-timeout', '5'], env)
    expect(badOf(plain)).toMatch(/^answer: .*--use-https/)
  })
})

describeWith('debian-jupyter', 'nbtrigger doctor and an old server', () => {
  test('warns of missing features', async () => {
    await using old = await JupyterServer.start({ kind: 'debian' })
    const found = await runDoctor([old.host, reference], { JUPYTER_TOKEN: old.token })
    expect(verdictsOf(found)).toMatchObject({
      version: 'warning',
      kernel: 'good',
      'rate limit': 'warning',
      culling: 'warning',
      deletion: 'good',
    })
    expect(found.findings['rate limit']?.advice).toContain('--ServerApp.limit_rate=False')
    expect(found.findings['culling']?.what).toMatch(/^is off/)
    expect(found.status).toBe(0)
    expect(await old.kernels()).toEqual([])
  })
})

describeWith('haproxy', 'nbtrigger doctor and several instances', () => {
  const token = 'one-for-both-of-them'
  let hosts: readonly string[]
  let pair: readonly JupyterServer[]

  beforeAll(async () => {
    const both = [JupyterServer.start({ token }), JupyterServer.start({ token })]
    pair = (await Promise.all(both)).map((each) => opened.use(each))
    hosts = pair.map(({ host }) => host)
  })

  test('are reported as bad without affinity, and no kernel is started', async () => {
    await using balancer = await LoadBalancer.start(hosts, { affinity: false })
    const found = await runDoctor([balancer.host, reference], { JUPYTER_TOKEN: token })
    expect(badOf(found)).toMatch(/^instances: 2 instances answer in turns.*--max-instances=1/)
    expect(found.findings['kernel']?.verdict).toBe('skipped')
  })

  test('lead to a warning with affinity', async () => {
    await using balancer = await LoadBalancer.start(hosts, { affinity: true })
    const found = await runDoctor([balancer.host, reference], { JUPYTER_TOKEN: token })
    expect(badOf(found)).toBe('')
    expect(found.findings['instances']).toMatchObject({
      verdict: 'warning',
      what: expect.stringContaining('2 instances answer, and a cookie'),
    })
    expect(verdictsOf(found)).toMatchObject({ kernel: 'good', deletion: 'good' })
    for (const each of pair) expect(await each.kernels()).toEqual([])
  })
})

describe('a run that could not begin', () => {
  test('reports the first check that fails', async () => {
    const { events, report } = await runArgs([server.host, '/missing.ipynb'], env)
    expect(report.error?.code).toBe('NOTEBOOK_NOT_FOUND')
    expect(events.map(({ type }) => type)).toEqual(['run_started', 'diagnosed', 'run_finished'])
    expect(events[1]).toMatchObject({
      findings: expect.arrayContaining([
        expect.objectContaining({ check: 'token', verdict: 'good' }),
        expect.objectContaining({ check: 'notebook', verdict: 'bad' }),
      ]),
    })
  })

  test('sends the findings to HTTP clients', async () => {
    const { stderr } = await command([server.host, reference], { JUPYTER_TOKEN: server.token })
    expect(stderr).toMatch(
      /^Diagnosis: name, connection, ID token, answer, access: good\. base URL: .*ann\/$/m,
    )
    expect(stderr).not.toContain('Waiting for the server')
  })

  test('is not diagnosed when the request is invalid or its time is over', async () => {
    const wrong = await runArgs([server.host, '/x.ipynb', '--nonsense'], env)
    expect(wrong.events.map(({ type }) => type)).toEqual(['run_finished'])
    await using proxy = await FaultProxy.start(server.host)
    proxy.rule = () => 'hang'
    const late = await runArgs([proxy.host, '/x.ipynb', '--timeout', '0.5'], env)
    expect(late.report.error?.code).toBe('RUN_TIMED_OUT')
    expect(late.events.map(({ type }) => type)).not.toContain('diagnosed')
  })

  test('has no partial diagnosis when it is stopped meanwhile', async () => {
    await using proxy = await FaultProxy.start(server.host)
    const stop = new AbortController()
    proxy.rule = (line) => {
      const isOver = proxy.requests.some((earlier) => earlier.includes('/missing.ipynb'))
      if (!isOver || !line.endsWith('/api')) return 'pass'
      stop.abort(new RunError('CANCELLED', 'Cannot go on: stopped'))
      return 'hang'
    }
    const { events, report } = await runArgs([proxy.host, '/missing.ipynb'], env, stop.signal)
    expect(stop.signal.aborted).toBe(true)
    expect(report.error?.code).toBe('NOTEBOOK_NOT_FOUND')
    expect(events.map(({ type }) => type)).toEqual(['run_started', 'run_finished'])
  })

  test('ends soon when the server accepts every request and answers none', async () => {
    await using proxy = await FaultProxy.start(server.host)
    proxy.rule = () => 'hang'
    const { events } = await runArgs([proxy.host, '/x.ipynb', '--start-timeout', '0.5'], env)
    expect(events.map(({ type }) => type)).toEqual(['run_started', 'diagnosed', 'run_finished'])
    expect(events[1]).toMatchObject({
      findings: expect.arrayContaining([
        expect.objectContaining({ check: 'answer', what: 'no answer within 3 s' }),
      ]),
    })
  })
})
