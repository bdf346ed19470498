import { randomUUID } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { openSocket } from '../../src/jupyter/socket.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { neverAborts } from '../support/observe.ts'
import { runArgs } from '../support/run_args.ts'
import { until } from '../support/until.ts'
import { kernelInfoRequest } from '../../src/jupyter/client_messages.ts'

const reference = '/workspaces/JupyterAPI_Test.ipynb'

/** In which protocol a new kernel's first answer comes. */
async function protocolOf(server: JupyterServer): Promise<'v1' | 'default'> {
  const { body } = await server.request('POST', '/api/kernels', {})
  const { id } = JSON.parse(body)
  const url = new URL(`ws://${server.host}/api/kernels/${id}/channels?session_id=s`)
  const heard: boolean[] = []
  const listener = {
    onOpen: () => undefined,
    onFrame: (_: Buffer, __: boolean, isV1: boolean) => void heard.push(isV1),
    onOversized: () => undefined,
    onClose: () => undefined,
  }
  const headers = { Authorization: `token ${server.token}` }
  const socket = await openSocket({ url, headers }, listener, neverAborts)
  socket.send(kernelInfoRequest(randomUUID()).text)
  const isV1 = await until('an answer', () => heard[0])
  await socket.close()
  return isV1 ? 'v1' : 'default'
}

describe('the WebSocket protocol', () => {
  test.each([
    ['v1', []],
    ['default', ['--ZMQChannelsWebsocketConnection.kernel_ws_protocol=']],
  ])('is %s if the server offers it, and a run succeeds with it', async (protocol, args) => {
    await using server = await JupyterServer.start({ args })
    expect(await protocolOf(server)).toBe(protocol)
    const { report } = await runArgs([server.host, reference], { JUPYTER_TOKEN: server.token })
    expect(report).toMatchObject({ outcome: 'succeeded', outputComplete: true })
  })
})
