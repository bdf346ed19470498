import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { randomUUID } from 'node:crypto'
import { WebSocket } from 'ws'
import { inBackground } from '../support/in_background.ts'
import { describeWith } from '../support/describe_with.ts'
import { FaultProxy } from '../support/fault_proxy.ts'
import type { JupyterOptions } from '../support/jupyter_process.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { installOptionalKernels } from '../support/kernels.ts'
import { Opened } from '../support/opened.ts'
import {
  dialectsHere,
  type RolloverFigures,
  rolloverServers,
  runWithRollovers,
} from '../support/rollovers.ts'
import { runArgs } from '../support/run_args.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'
import { until } from '../support/until.ts'

/** A short form; `npm run soak -- --rollover` is the long one. */
const load = { lifetimeMs: 250, cellMs: 2_000, floodLines: 3_000, shortCells: 8 }

describe('on a current Jupyter Server', () => {
  const server = holdsOn(rolloverServers.current)

  test('the socket stays while another client is connected to the kernel', async () => {
    await using proxy = await FaultProxy.start(server().host)
    const { body } = await server().request('POST', '/api/kernels', { name: 'python3' })
    const { id }: { readonly id: string } = JSON.parse(body)
    const url = `ws://${server().host}/api/kernels/${id}/channels?session_id=${randomUUID()}`
    const other = new WebSocket(url, { headers: { Authorization: `token ${server().token}` } })
    await until('the other client', () => other.readyState === WebSocket.OPEN || undefined)
    await server().writeNotebook('shared.ipynb', ['import time; time.sleep(0.8)', '6 * 7'])
    const args = [proxy.host, '/shared.ipynb', '--kernel-id', id, '--socket-lifetime', '0.1']
    const { report } = await runArgs(args, { JUPYTER_TOKEN: server().token })
    expect(report).toMatchObject({ outcome: 'succeeded', outputComplete: true })
    expect(proxy.channels).toHaveLength(1)
    other.terminate()
    await server().request('DELETE', `/api/kernels/${id}`)
  })
})
describeWith('debian-jupyter', 'on Jupyter Server 1.23', () => void holdsOn(rolloverServers.debian))

/** Returns the server, for when the tests run. */
function holdsOn(options: JupyterOptions): () => JupyterServer {
  const opened = new Opened()
  let server: JupyterServer
  let runs: ReadonlyMap<string, Promise<RolloverFigures>>

  beforeAll(async () => {
    const { path } = opened.use(await ScratchFolder.make('kernels'))
    await installOptionalKernels(path)
    server = opened.use(await JupyterServer.start({ ...options, jupyterPath: [path] }))
    // Side by side, since they mostly wait.
    runs = new Map(
      dialectsHere().map(([name, dialect]) => [
        name,
        inBackground(runWithRollovers(server, dialect, load)),
      ]),
    )
  })
  afterAll(() => opened[Symbol.asyncDispose]())

  const losesNothing = async (dialect: string) => expectAll(await runs.get(dialect))
  const name = 'a run whose socket is replaced all the time loses nothing'
  test(`${name}, in Python`, () => losesNothing('python3'))
  describeWith('r-kernel', 'with the kernel of R', () => {
    test(name, () => losesNothing('ir'))
  })
  describeWith('deno', 'with the kernel of TypeScript', () => {
    test(name, () => losesNothing('deno'))
  })
  test('no kernel is left', async () => {
    await Promise.all(runs.values())
    expect(await server.kernels()).toEqual([])
  })
  return () => server
}

function expectAll(figures: RolloverFigures | undefined): void {
  expect(figures).toMatchObject({
    report: { outcome: 'succeeded', outputComplete: true, warnings: [] },
    sessions: 1,
    lostLines: 0,
    disorderlyCells: 0,
  })
  expect(figures?.rollovers).toBeGreaterThanOrEqual(3)
}
