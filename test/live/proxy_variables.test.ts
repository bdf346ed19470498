import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { command } from '../support/command.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { freePort, portOf } from '../support/port.ts'

const reference = '/workspaces/JupyterAPI_Test.ipynb'
let server: JupyterServer
beforeAll(async () => {
  server = await JupyterServer.start()
})
afterAll(() => server[Symbol.asyncDispose]())

describe('proxy variables', () => {
  test.each(['HTTP_PROXY', 'http_proxy', 'ALL_PROXY'])('%s is not followed', async (name) => {
    await using proxy = await CountingProxy.start()
    const env = { JUPYTER_TOKEN: server.token, [name]: proxy.url }
    const { stdout, status } = await command([server.host, reference], env)
    expect([status, stdout]).toEqual([0, expect.stringContaining('15')])
    expect(proxy.connections).toBe(0)
  })

  test('the doctor mentions one that is set and not used', async () => {
    const env = { JUPYTER_TOKEN: server.token, HTTP_PROXY: 'http://127.0.0.1:9' }
    const { stdout, stderr, status } = await command(['doctor', server.host, reference], env)
    expect(stdout + stderr).toMatch(
      /^connection +good +\S+ opened in \d+ ms, without the proxy of HTTP_PROXY$/m,
    )
    expect(status).toBe(0)
  })

  test('the doctor names it if the server cannot be reached', async () => {
    const env = { JUPYTER_TOKEN: server.token, HTTP_PROXY: 'http://127.0.0.1:9' }
    const args = ['doctor', `127.0.0.1:${await freePort()}`, reference]
    const { stdout, stderr } = await command(args, env)
    expect(stdout + stderr).toMatch(
      /^connection +bad .*refused\); nbtrigger does not use the proxy of HTTP_PROXY/m,
    )
  })
})

/** Counts who comes. */
class CountingProxy implements AsyncDisposable {
  connections = 0
  readonly #server = createServer((socket) => {
    this.connections += 1
    socket.destroy()
  })

  static async start(): Promise<CountingProxy> {
    const proxy = new CountingProxy()
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get url(): string {
    return `http://127.0.0.1:${portOf(this.#server)}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    await once(this.#server, 'close')
  }
}
