import { Child } from './child.ts'
import { freePort } from './port.ts'
import { Opened } from './opened.ts'
import { runProgram } from './run_program.ts'
import { ScratchFolder } from './scratch_folder.ts'

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
    await this.gcloud('pubsub', 'topics', 'create', topic)
  }

  /** Has the topic's messages posted to a function, which is known by the topic in its path. */
  async createPushSubscription(name: string, topic: string, functionUrl: string): Promise<void> {
    const endpoint = `${functionUrl}/projects/${this.project}/topics/${topic}`
    const options = [`--topic=${topic}`, '--ack-deadline=600', `--push-endpoint=${endpoint}`]
    await this.gcloud('pubsub', 'subscriptions', 'create', name, ...options)
  }

  async publish(topic: string, text: string): Promise<void> {
    await this.gcloud('pubsub', 'topics', 'publish', topic, `--message=${text}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened[Symbol.asyncDispose]()
  }
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
