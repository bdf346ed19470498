import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { describeWith } from '../support/describe_with.ts'
import { pubsubEmulatorParts } from '../support/parts.ts'
import { FunctionProcess, type LogEntry } from '../support/function_process.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { Opened } from '../support/opened.ts'
import { freePort } from '../support/port.ts'
import { PubsubEmulator } from '../support/pubsub_emulator.ts'

const orders = 't_nbtrigger'
const results = 't_nbtrigger_results'
const rejected = 't_nbtrigger_rejected'
const fromNobody = 't_nobody'

function parametersCell(source: string) {
  return { type: 'code', source, metadata: { tags: ['parameters'] } } as const
}

function ends(running: FunctionProcess): readonly LogEntry[] {
  return running.entries().filter(({ event }) => event === 'run_finished')
}

function resultOf({ result }: LogEntry): string {
  return JSON.stringify(result)
}

async function ended(running: FunctionProcess, count: number): Promise<void> {
  await running.waitForEntry(() => ends(running).length >= count)
}

describeWith(pubsubEmulatorParts, 'recipes', () => {
  const opened = new Opened()
  let pubsub: PubsubEmulator
  let server: JupyterServer
  let first: FunctionProcess
  let second: FunctionProcess
  let lonely: FunctionProcess

  beforeAll(async () => {
    const parts = [PubsubEmulator.start(), JupyterServer.start()] as const
    await Promise.allSettled(parts)
    pubsub = opened.use(await parts[0])
    server = opened.use(await parts[1])
    await server.writeNotebook('first.ipynb', [parametersCell('day = 0'), '100 // day'])
    await server.writeNotebook('second.ipynb', [
      parametersCell('total = source = None'),
      'f"{source}: {total + 1}"',
    ])
    const topics = [orders, results, rejected, fromNobody]
    await Promise.all(topics.map((topic) => pubsub.createTopic(topic)))
    const env = {
      JUPYTER_SERVER: server.host,
      JUPYTER_TOKEN: server.token,
      PUBSUB_EMULATOR_HOST: pubsub.host,
      NBTRIGGER_RESULT_TOPIC: `projects/${pubsub.project}/topics/${results}`,
    }
    const NBTRIGGER_NEXT = '/second.ipynb -p total {result} -r source {notebook}'
    first = opened.use(await FunctionProcess.start({ env }))
    second = opened.use(await FunctionProcess.start({ env: { ...env, NBTRIGGER_NEXT } }))
    lonely = await startLonely()
    await Promise.all([
      pubsub.createPushSubscription('orders', orders, first.url),
      pubsub.createPushSubscription('results', results, second.url),
      pubsub.createPullSubscription('rejected', rejected),
    ])
  })
  afterAll(() => opened[Symbol.asyncDispose]())

  const nothings = () => second.entries().filter(({ event }) => event === 'nothing_next')
  const stopped = (count: number) => second.waitForEntry(() => nothings().length >= count)

  test('one notebook runs with two sets of parameters, each followed by the next notebook', async () => {
    await Promise.all([
      pubsub.publish(orders, '/first.ipynb -p day 2'),
      pubsub.publish(orders, '/first.ipynb -p day 5'),
    ])
    await ended(first, 2)
    await ended(second, 2)
    expect(ends(first).map(resultOf).toSorted()).toEqual([
      expect.stringContaining('"20"'),
      expect.stringContaining('"50"'),
    ])
    expect(ends(second).map(resultOf).toSorted()).toEqual([
      expect.stringContaining("'/first.ipynb: 21'"),
      expect.stringContaining("'/first.ipynb: 51'"),
    ])
    await stopped(2) // its own reports come back to it, and that is all
    expect(nothings().map(({ message }) => message)).toEqual([
      expect.stringContaining('"/second.ipynb" has run in this chain before'),
      expect.stringContaining('"/second.ipynb" has run in this chain before'),
    ])
  })

  test('a chain ends at a notebook that fails', async () => {
    await pubsub.publish(orders, '/first.ipynb -p day 0')
    await ended(first, 3)
    await stopped(3)
    expect(nothings().at(-1)).toMatchObject({
      severity: 'INFO',
      message: expect.stringContaining('"/first.ipynb" did not succeed ("failed")'),
    })
    expect(ends(second)).toHaveLength(2)
    expect(await server.kernels()).toEqual([])
  })

  test('a function that listens to its own results does nothing with them', async () => {
    await pubsub.createPushSubscription('circle', results, first.url)
    await pubsub.publish(orders, '/first.ipynb -p day 0')
    await ended(first, 4)
    const entry = await first.waitForEntry(({ event }) => event === 'nothing_next')
    expect(entry).toMatchObject({ message: expect.stringContaining('NBTRIGGER_NEXT is not set') })
    expect(ends(first)).toHaveLength(4)
  })

  test('a run whose instance is stopped is published as well', async () => {
    await server.writeNotebook('endless.ipynb', ['while True: pass'])
    const topic = 't_stopped'
    await pubsub.createTopic(topic)
    await pubsub.createPullSubscription('stopped', topic)
    const env = {
      JUPYTER_SERVER: server.host,
      JUPYTER_TOKEN: server.token,
      PUBSUB_EMULATOR_HOST: pubsub.host,
      NBTRIGGER_RESULT_TOPIC: `projects/${pubsub.project}/topics/${topic}`,
    }
    await using running = await FunctionProcess.start({ env })
    const answer = running.deliver('/endless.ipynb --verbose')
    await running.waitForEntry(({ event }) => event === 'cell_started')
    expect(await running.terminate(15_000)).toBe(0)
    await answer
    expect((await pubsub.pull('stopped')).attributes).toMatchObject({
      notebook: '/endless.ipynb',
      outcome: 'cancelled',
      error_code: 'INSTANCE_STOPPED',
    })
    expect(await server.kernels()).toEqual([])
  })

  test('a message that is rejected repeatedly goes to the dead-letter topic', async () => {
    const { text, attributes } = await pubsub.pull('rejected')
    expect(text).toBe('/first.ipynb --start-timeout 0.1')
    expect(attributes).toMatchObject({ CloudPubSubDeadLetterSourceDeliveryCount: '5' })
    const errors = ends(lonely).map(({ error }) => error)
    expect(errors).toHaveLength(5)
    for (const error of errors) {
      expect(error).toMatchObject({ code: 'SERVER_UNREACHABLE', retryable: true })
    }
  })

  /** Its server is down; what it rejects takes a while to be given up, so it begins first. */
  async function startLonely(): Promise<FunctionProcess> {
    const nobody = `127.0.0.1:${await freePort()}`
    const env = { JUPYTER_SERVER: nobody, JUPYTER_TOKEN: 'secret-token-4f9a2c1b' }
    const running = opened.use(await FunctionProcess.start({ env }))
    await pubsub.createPushSubscription('from-nobody', fromNobody, running.url, [
      `--dead-letter-topic=${rejected}`,
      '--max-delivery-attempts=5',
      '--min-retry-delay=0s',
      '--max-retry-delay=0s',
    ])
    await pubsub.publish(fromNobody, '/first.ipynb --start-timeout 0.1')
    return running
  }
})
