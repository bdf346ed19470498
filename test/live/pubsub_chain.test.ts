import { expect, test } from '@jest/globals'
import { setTimeout as pause } from 'node:timers/promises'
import { describeWith } from '../support/describe_with.ts'
import { pubsubEmulatorParts } from '../support/parts.ts'
import { FunctionProcess } from '../support/function_process.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { PubsubEmulator } from '../support/pubsub_emulator.ts'

const topic = 't_nbtrigger'

describeWith(pubsubEmulatorParts, 'from gcloud to the log', () => {
  test('a message leads to its result, and one with a wrong host to one log entry', async () => {
    const parts = [PubsubEmulator.start(), JupyterServer.start()] as const
    await Promise.allSettled(parts)
    await using pubsub = await parts[0]
    await using server = await parts[1]
    const env = { JUPYTER_SERVER: server.host, JUPYTER_TOKEN: server.token }
    await using running = await FunctionProcess.start({ env })
    await pubsub.createTopic(topic)
    await pubsub.createPushSubscription('nbtrigger-push', topic, running.url)

    const message = `--message=${server.host} /workspaces/JupyterAPI_Test.ipynb`
    await pubsub.gcloud('pubsub', 'topics', 'publish', topic, message)
    const good = await running.waitForEntry(({ event }) => event === 'run_finished')
    expect(good).toMatchObject({
      severity: 'INFO',
      message: expect.stringMatching(/^\/workspaces\/JupyterAPI_Test\.ipynb succeeded in .*: 15$/),
      messageId: expect.any(String),
      result: { data: { 'text/plain': '15' } },
    })

    await pubsub.publish(topic, 'evil.test:8888 /workspaces/JupyterAPI_Test.ipynb')
    const refused = await running.waitForEntry(({ outcome }) => outcome === 'error')
    expect(refused).toMatchObject({
      severity: 'ERROR',
      error: { code: 'HOST_NOT_ALLOWED', message: expect.stringContaining('"evil.test:8888"') },
    })

    await pause(3_000) // a rejected message would be there again by now
    const ends = running.entries().filter(({ event }) => event === 'run_finished')
    expect(ends).toEqual([good, refused])
    expect(running.entries().filter(({ event }) => event === 'delivered_again')).toEqual([])
    expect(await server.kernels()).toEqual([])
  })
})
