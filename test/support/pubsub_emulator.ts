import { Child } from './child.ts'
import { requirePart } from './declared_parts.ts'
import { httpRequest } from './http_request.ts'
import { freePort } from './port.ts'
import { Opened } from './opened.ts'
import { pubsubEmulatorParts } from './parts.ts'
import type { PubsubMessage } from './pubsub_delivery.ts'
import { runProgram } from './run_program.ts'
import { ScratchFolder } from './scratch_folder.ts'
import { until } from './until.ts'

/** Google's Pub/Sub emulator, and gcloud speaking to it with a configuration of its own. */
export class PubsubEmulator implements AsyncDisposable {
  readonly project = 'demo'
  /** "127.0.0.1:PORT", for PUBSUB_EMULATOR_HOST. */
  readonly host: string
  readonly #env: Readonly<Record<string, string | undefined>>
  readonly #opened: Opened

  private constructor(host: string, env: Record<string, string | undefined>, opened: Opened) {
    this.host = host
    this.#env = { ...env, CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB: `http://${host}/` }
    this.#opened = opened
  }

  static async start(): Promise<PubsubEmulator> {
    pubsubEmulatorParts.forEach(requirePart)
    await using opened = new Opened()
    const folder = opened.use(await ScratchFolder.make('pubsub'))
    const host = `127.0.0.1:${await freePort()}`
    const env = gcloudEnvironment(folder.path)
    const start = ['beta', 'emulators', 'pubsub', 'start', `--host-port=${host}`]
    const child = opened.use(await Child.start({ command: 'gcloud', args: start, env }))
    await child.untilLine(/Server started/, 60_000)
    return new PubsubEmulator(host, env, opened.move())
  }

  /** Runs a gcloud command against the emulator: its stdout. */
  async gcloud(...args: string[]): Promise<string> {
    return runProgram({ command: 'gcloud', args, env: this.#env })
  }

  async createTopic(topic: string): Promise<void> {
    await this.#call('PUT', `topics/${topic}`, {})
  }

  /** Has the topic's messages posted to a function, which is known by the topic in its path. */
  async createPushSubscription(
    name: string,
    topic: string,
    functionUrl: string,
    flags: readonly string[] = [],
  ): Promise<void> {
    const endpoint = `${functionUrl}/projects/${this.project}/topics/${topic}`
    const options = [`--topic=${topic}`, '--ack-deadline=600', `--push-endpoint=${endpoint}`]
    await this.gcloud('pubsub', 'subscriptions', 'create', name, ...options, ...flags)
  }

  /** Has the topic's messages kept until they are pulled. */
  async createPullSubscription(name: string, topic: string): Promise<void> {
    await this.#call('PUT', `subscriptions/${name}`, { topic: this.#nameOf('topics', topic) })
  }

  /** Takes a message out of a subscription, and waits until there is one. */
  async pull(subscription: string): Promise<PulledMessage> {
    const path = `subscriptions/${subscription}`
    return until('a message', async () => {
      const answer = await this.#call('POST', `${path}:pull`, { maxMessages: 1 })
      const { receivedMessages: [received] = [] } = readPull(answer)
      if (received === undefined) return undefined
      await this.#call('POST', `${path}:acknowledge`, { ackIds: [received.ackId] })
      const { data = '', attributes = {} } = received.message
      return { text: Buffer.from(data, 'base64').toString(), attributes }
    })
  }

  async publish(topic: string, text: string): Promise<void> {
    const messages = [{ data: Buffer.from(text).toString('base64') }]
    await this.#call('POST', `topics/${topic}:publish`, { messages })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened[Symbol.asyncDispose]()
  }

  #nameOf(kind: 'topics' | 'subscriptions', name: string): string {
    return `projects/${this.project}/${kind}/${name}`
  }

  async #call(method: string, path: string, body: object): Promise<string> {
    const answer = await httpRequest(`http://${this.host}/v1/projects/${this.project}/${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (answer.status === 200) return answer.body
    throw new Error(
      `Cannot ${method} ${path}: the emulator answers ${answer.status} ${answer.body}`,
    )
  }
}

/** A message as a subscriber of a topic gets it. */
export interface PulledMessage {
  readonly text: string
  readonly attributes: Readonly<Record<string, string>>
}

interface PullAnswer {
  readonly receivedMessages?: readonly {
    readonly ackId: string
    readonly message: Pick<PubsubMessage, 'data' | 'attributes'>
  }[]
}

function readPull(json: string): PullAnswer {
  const answer: PullAnswer = JSON.parse(json)
  return answer
}

function gcloudEnvironment(folder: string): Record<string, string | undefined> {
  return {
    PATH: process.env['PATH'],
    JAVA_HOME: process.env['JAVA_HOME'],
    HOME: folder,
    CLOUDSDK_CONFIG: folder,
    CLOUDSDK_AUTH_DISABLE_CREDENTIALS: 'true',
    CLOUDSDK_CORE_PROJECT: 'demo',
    CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
    CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: 'true',
    CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: 'true',
  }
}
