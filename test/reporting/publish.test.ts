import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { command, endOf, startCommand } from '../support/command.ts'
import { describeWith } from '../support/describe_with.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { pubsubEmulatorParts } from '../support/parts.ts'
import { freePort, portOf } from '../support/port.ts'
import { PubsubEmulator } from '../support/pubsub_emulator.ts'

const reference = '/workspaces/JupyterAPI_Test.ipynb'
const results = 't_nbtrigger_results'

/** Nothing listens at the host, so that the run is over at once. */
async function refused(env: Readonly<Record<string, string>>) {
  const args = [`127.0.0.1:${await freePort()}`, reference, '--json', '--start-timeout', '0.2']
  const startedTick = performance.now()
  const { stdout, stderr, status } = await command(args, {
    JUPYTER_TOKEN: 'secret-token-4f9a2c1b',
    ...env,
  })
  const report: unknown = JSON.parse(stdout)
  return { report, stderr, status, seconds: (performance.now() - startedTick) / 1000 }
}

function warned(text: string) {
  return { error: { code: 'SERVER_UNREACHABLE' }, warnings: [expect.stringContaining(text)] }
}

describeWith(pubsubEmulatorParts, 'the report on its topic', () => {
  let pubsub: PubsubEmulator

  beforeAll(async () => {
    pubsub = await PubsubEmulator.start()
    await pubsub.createTopic(results)
    await pubsub.createPullSubscription('results', results)
  })
  afterAll(() => pubsub[Symbol.asyncDispose]())

  test('equals the one that the command prints, without secrets and with attributes', async () => {
    await using server = await JupyterServer.start()
    const topic = `projects/${pubsub.project}/topics/${results}`
    await server.writeNotebook('secret.ipynb', [
      'import os\nprint(os.environ["JUPYTER_TOKEN"])\nos.environ["JUPYTER_TOKEN"]',
    ])
    const args = [server.host, '/secret.ipynb', '--json']
    const env = { PUBSUB_EMULATOR_HOST: pubsub.host, NBTRIGGER_RESULT_TOPIC: topic }
    const { stdout } = await command(args, { JUPYTER_TOKEN: server.token, ...env })
    const { text, attributes } = await pubsub.pull('results')
    const printed = JSON.parse(stdout)
    expect(JSON.parse(text)).toEqual(printed)
    expect(printed).toMatchObject({
      outcome: 'succeeded',
      warnings: [],
      result: { data: { 'text/plain': "'[redacted]'" } },
    })
    expect(attributes).toEqual({
      event: 'run_finished',
      outcome: 'succeeded',
      notebook: '/secret.ipynb',
      run_id: printed.runId,
      chain: '/secret.ipynb',
    })
    expect(text + JSON.stringify(attributes)).not.toContain(server.token)
  })

  test('is cut if it is too large for Pub/Sub, and says so', async () => {
    await using server = await JupyterServer.start()
    await server.writeNotebook('large.ipynb', ['"ä" * 6_000_000'])
    const topic = `projects/${pubsub.project}/topics/${results}`
    const env = { PUBSUB_EMULATOR_HOST: pubsub.host, NBTRIGGER_RESULT_TOPIC: topic }
    const args = [server.host, '/large.ipynb']
    const { status } = await command(args, { JUPYTER_TOKEN: server.token, ...env })
    expect(status).toBe(0)
    const { text } = await pubsub.pull('results')
    expect(Buffer.byteLength(text)).toBeLessThan(7_500_000)
    expect(Buffer.byteLength(text)).toBeGreaterThan(7_000_000)
    expect(JSON.parse(text)).toMatchObject({
      outcome: 'succeeded',
      truncated: ['result.data["text/plain"]'],
    })
  })

  test('is published for invalid arguments too, to a topic of its own project', async () => {
    const env = {
      PUBSUB_EMULATOR_HOST: pubsub.host,
      PUBSUB_PROJECT_ID: pubsub.project,
      NBTRIGGER_RESULT_TOPIC: results,
      JUPYTER_TOKEN: 'secret-token-4f9a2c1b',
    }
    const { status } = await command(['--nonsense'], env)
    const { text, attributes } = await pubsub.pull('results')
    expect(status).toBe(2)
    expect(JSON.parse(text)).toMatchObject({ server: null, error: { code: 'ARGUMENTS_INVALID' } })
    expect(attributes).toEqual({
      event: 'run_finished',
      outcome: 'error',
      run_id: expect.any(String),
      error_code: 'ARGUMENTS_INVALID',
    })
  })

  test('leads to a warning if the topic does not exist', async () => {
    const topic = `projects/${pubsub.project}/topics/missing`
    const env = { PUBSUB_EMULATOR_HOST: pubsub.host, NBTRIGGER_RESULT_TOPIC: topic }
    const { report, stderr, status } = await refused(env)
    expect(report).toMatchObject(
      warned(`"${topic}": there is no such topic; make it with "gcloud pubsub topics create`),
    )
    expect(stderr).toContain('Warning: Cannot publish the report')
    expect(status).toBe(3)
  })
})

describe('a report that cannot be published', () => {
  const topic = 'projects/demo/topics/results'

  test.each(['results!', 'projects/demo/results', 'goog-results', '-r'])(
    'leads to a warning when the topic is %j',
    async (name) => {
      const { report } = await refused({ NBTRIGGER_RESULT_TOPIC: name })
      expect(report).toMatchObject(warned('that is no topic; set NBTRIGGER_RESULT_TOPIC to NAME'))
    },
  )

  test('leads to a warning without credentials', async () => {
    const env = {
      NBTRIGGER_RESULT_TOPIC: topic,
      HOME: '/nonexistent',
      METADATA_SERVER_DETECTION: 'none',
    }
    const { report, seconds } = await refused(env)
    expect(report).toMatchObject(warned('there are no Google Cloud credentials that work'))
    expect(seconds).toBeLessThan(20)
  })

  test('does not delay an interrupted command when nothing answers', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const emulator = `127.0.0.1:${portOf(silent)}`
    const env = { NBTRIGGER_RESULT_TOPIC: topic, PUBSUB_EMULATOR_HOST: emulator }
    const args = [`127.0.0.1:${await freePort()}`, reference, '--json']
    await using child = await startCommand(args, {
      JUPYTER_TOKEN: 'secret-token-4f9a2c1b',
      ...env,
    })
    await child.untilLine(/^Waiting for the server/)
    process.kill(child.pid, 'SIGINT')
    const { status, stdout } = await endOf(child, 10_000)
    silent.close()
    expect(status).toBe(130)
    expect(JSON.parse(stdout)).toMatchObject({
      outcome: 'cancelled',
      warnings: [`Cannot publish the report to "${topic}": Pub/Sub did not answer in time`],
    })
  })
})
