import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { command } from '../support/command.ts'
import { describeWith } from '../support/describe_with.ts'
import { runDoctor } from '../support/doctor_run.ts'
import { FaultProxy } from '../support/fault_proxy.ts'
import type { JupyterOptions } from '../support/jupyter_process.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { runArgs } from '../support/run_args.ts'

const reference = '/workspaces/JupyterAPI_Test.ipynb'
const env = { JUPYTER_TOKEN: 'b2f1c9d47a6e4f0c8d35' }

describe('a Jupyter Server without a token', () =>
  isUsable({ args: ['--IdentityProvider.token='] }))
describeWith('debian-jupyter', 'a Jupyter Server 1.23 without a token', () =>
  isUsable({ kind: 'debian', args: ['--ServerApp.token='] }),
)

function isUsable(options: JupyterOptions): void {
  let server: JupyterServer
  beforeAll(async () => {
    server = await JupyterServer.start({ ...options, token: '' })
  })
  afterAll(() => server[Symbol.asyncDispose]())

  test('a run succeeds and is saved, with a warning', async () => {
    const args = [server.host, reference, '-o', '/saved/run.ipynb']
    const { report } = await runArgs(args, env)
    expect(report).toMatchObject({
      outcome: 'succeeded',
      result: { data: { 'text/plain': '15' } },
      kernelDeleted: true,
      warnings: [
        expect.stringContaining('requires no token: anyone who can reach it can run code'),
      ],
    })
    expect(await readFile(join(server.root, 'saved/run.ipynb'), 'utf8')).toContain('15')
  })

  test('the doctor warns of it, and finds everything else good', async () => {
    const { findings, status } = await runDoctor([server.host, reference], env)
    expect(findings['token']).toMatchObject({
      verdict: 'warning',
      what: expect.stringContaining(
        'accepts requests without a token: JUPYTER_TOKEN is not needed',
      ),
      advice: expect.stringContaining('start it with a token'),
    })
    expect(findings['kernel']?.verdict).toBe('good')
    expect(findings['deletion']?.verdict).toBe('good')
    expect(status).toBe(0)
  })

  test('a cell that takes too long is interrupted', async () => {
    await server.writeNotebook('long.ipynb', ['import time; time.sleep(60)'])
    const { report } = await runArgs([server.host, '/long.ipynb', '--cell-timeout', '1'], env)
    expect(report.error).toMatchObject({ code: 'CELL_TIMED_OUT', ename: 'KeyboardInterrupt' })
  })

  test('a POST that is refused starts no kernel, and none is reported as left', async () => {
    await using proxy = await refusing('POST /api/kernels')
    const { stdout, status } = await command([proxy.host, reference, '--json'], env)
    const report: unknown = JSON.parse(stdout)
    expect(report).toMatchObject({
      kernel: null,
      kernelDeleted: null,
      error: { code: 'TOKEN_REFUSED', message: expect.stringContaining('cross-site') },
      warnings: [],
    })
    expect(status).toBe(3)
    expect(proxy.requests.some((line) => line.startsWith('DELETE'))).toBe(false)
    expect(await server.kernels()).toEqual([])
  })

  test('a DELETE that is refused leaves a kernel, which is reported', async () => {
    await using proxy = await refusing('DELETE /api/kernels')
    const { report } = await runArgs([proxy.host, reference], env)
    expect(report).toMatchObject({ outcome: 'succeeded', kernelDeleted: false })
    const id = report.kernel?.id
    expect(await server.kernels()).toMatchObject([{ id }])
    const headers = { Cookie: '_xsrf=1', 'X-XSRFToken': '1' }
    await fetch(`${server.url}/api/kernels/${id}`, { method: 'DELETE', headers })
    expect(await server.kernels()).toEqual([])
  })

  async function refusing(call: string): Promise<FaultProxy> {
    const proxy = await FaultProxy.start(server.host)
    const body = `{"message": "'_xsrf' argument missing from POST", "reason": null}`
    const headers = 'Content-Type: application/json\r\n'
    proxy.rule = (line) => (line.startsWith(call) ? { status: 403, headers, body } : 'pass')
    return proxy
  }
}
