import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { RunReport } from '../../src/events.ts'
import { Certificate } from '../support/certificate.ts'
import { command } from '../support/command.ts'
import { describeWith } from '../support/describe_with.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { Opened } from '../support/opened.ts'

const notebook = '/workspaces/JupyterAPI_Test.ipynb'
const opened = new Opened()
let plain: JupyterServer

beforeAll(async () => {
  plain = opened.use(await JupyterServer.start({ baseUrl: '/user/ann' }))
})
afterAll(() => opened[Symbol.asyncDispose]())

async function reportOf(
  { host, token }: JupyterServer,
  flags: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<RunReport> {
  const args = [host, notebook, '--json', ...flags]
  const { stdout } = await command(args, { JUPYTER_TOKEN: token, ...env })
  const report: RunReport = JSON.parse(stdout)
  return report
}

const fifteen = { outcome: 'succeeded', result: { data: { 'text/plain': '15' } } }

describe('a server with a base URL', () => {
  test.each(['/user/ann/', 'user/ann'])('is called with --base-url %s', async (prefix) => {
    const report = await reportOf(plain, ['--base-url', prefix])
    expect(report).toMatchObject({ ...fifteen, server: `${plain.url}/`, kernelDeleted: true })
    expect(await plain.kernels()).toEqual([])
  })

  test('is called with JUPYTER_BASE_URL', async () => {
    expect(await reportOf(plain, [], { JUPYTER_BASE_URL: '/user/ann' })).toMatchObject(fifteen)
  })

  test.each(['/', '/user/bob'])('is not found when --base-url is %s', async (prefix) => {
    expect(await reportOf(plain, ['--base-url', prefix])).toMatchObject({
      outcome: 'error',
      kernel: null,
      error: { code: 'SERVER_NOT_JUPYTER', message: expect.stringContaining('--base-url') },
    })
  })
})

describe('a notebook that is missing', () => {
  test.each([
    { name: 'a typing error', path: '/workspaces/JupyterAPI_Tset.ipynb', near: notebook },
    { name: 'no ending', path: '/workspaces/jupyterapi_test', near: notebook },
    { name: 'a folder with a typing error', path: '/workspace/x/y.ipynb', near: '/workspaces' },
  ])('is not found, and a near name is suggested for $name', async ({ path, near }) => {
    const args = [plain.host, path, '--json', '--base-url', '/user/ann']
    const { stdout } = await command(args, { JUPYTER_TOKEN: plain.token })
    const { error }: RunReport = JSON.parse(stdout)
    expect(error?.code).toBe('NOTEBOOK_NOT_FOUND')
    expect(error?.message).toContain(`the server has no such file; did you mean "${near}"?`)
  })
})

describeWith('openssl', 'a server with https', () => {
  let secure: JupyterServer
  let authority: string

  beforeAll(async () => {
    const tls = opened.use(await Certificate.make())
    authority = tls.cert
    secure = opened.use(await JupyterServer.start({ tls }))
  })

  test('is called over https and wss with --use-https', async () => {
    const report = await reportOf(secure, ['--use-https'], { NODE_EXTRA_CA_CERTS: authority })
    expect(report).toMatchObject({ ...fifteen, server: `https://${secure.host}/` })
    expect(await secure.kernels()).toEqual([])
  })

  test('is refused at once when its certificate is not trusted', async () => {
    const report = await reportOf(secure, ['--use-https'])
    expect(report).toMatchObject({
      error: { code: 'TLS_FAILED', message: expect.stringContaining('NODE_EXTRA_CA_CERTS') },
    })
    expect(report.durationMs).toBeLessThan(15_000) // it waits 75 s for a server that is not there
  })

  // Without --start-timeout, which is 75 s.
  test('is told from a sleeping one when it is called without --use-https', async () => {
    const report = await reportOf(secure, [])
    expect(report).toMatchObject({
      error: {
        code: 'SERVER_NOT_JUPYTER',
        retryable: false,
        message: expect.stringMatching(/it speaks https, not http; add --use-https$/),
      },
    })
    expect(report.durationMs).toBeLessThan(25_000)
  })

  test('differs from a server without https, which is told by a call over http', async () => {
    const report = await reportOf(plain, ['--use-https', '--base-url', '/user/ann'])
    expect(report).toMatchObject({
      error: {
        code: 'TLS_FAILED',
        message: expect.stringMatching(/it speaks http, not https; leave out --use-https$/),
      },
    })
    expect(report.durationMs).toBeLessThan(25_000)
  })
})
