import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { tryParseJson } from '../../src/util/json.ts'
import { field, textOf } from '../../src/util/record.ts'
import { JobProcess } from './job_process.ts'
import { Opened } from './opened.ts'
import { closeServer, portOf } from './port.ts'
import { problemOf } from './run_api_schemas.ts'

/** The job that there is, "projects/demo/locations/us-central1/jobs/nbtrigger-job". */
export interface DeployedJob {
  readonly path: string
  /** The access token of an account that may start it. */
  readonly token: string
  readonly env: Readonly<Record<string, string>>
}

interface Override {
  readonly name: string
  readonly args: readonly string[]
  readonly env: readonly { readonly name: string; readonly value: string }[]
}

/** `jobs.run` of the Cloud Run Admin API, which starts the process of the job as Cloud Run would. */
export class RunApi implements AsyncDisposable {
  /** The first task of each execution that was started, in their order. */
  readonly executions: JobProcess[] = []
  /** All tasks of the latest execution. */
  tasks: readonly JobProcess[] = []
  /** The bodies of the calls. */
  readonly requests: unknown[] = []
  /** Answers every call with this status. */
  failure: number | null = null
  readonly #job: DeployedJob
  readonly #server: Server
  readonly #opened = new Opened()

  private constructor(server: Server, job: DeployedJob) {
    this.#server = server
    this.#job = job
    server.on('request', (request, response) => void this.#serve(request, response))
  }

  static async start(job: DeployedJob): Promise<RunApi> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new RunApi(server, job)
  }

  get url(): string {
    return `http://127.0.0.1:${portOf(this.#server)}/`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await closeServer(this.#server)
    await this.#opened[Symbol.asyncDispose]()
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = tryParseJson(await text(request))
    this.requests.push(body)
    const refusal = this.#refuse(request, body)
    const answer = refusal === null ? await this.#run(body) : { error: refusal }
    response.writeHead(refusal?.code ?? 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answer))
  }

  #refuse({ method, url, headers }: IncomingMessage, body: unknown) {
    const { path, token } = this.#job
    if (this.failure !== null) return error(this.failure, 'The service is out of order.')
    if (headers.authorization !== `Bearer ${token}`) {
      return error(401, 'Request had invalid authentication credentials.')
    }
    if (method !== 'POST' || url !== `/v2/${path}:run`) {
      return error(404, `Resource '${url?.split('/').at(-1)?.replace(':run', '')}' was not found`)
    }
    const problem = problemOf(body, 'RunJobRequest')
    if (problem !== null) return error(400, problem)
    const other = overridesOf(body).find(({ name }) => name !== 'nbtrigger')
    return other === undefined ? null : error(400, `There is no container "${other.name}"`)
  }

  async #run(body: unknown): Promise<object> {
    const { path, env } = this.#job
    const execution = `nbtrigger-job-${String(this.executions.length + 1).padStart(5, 'x')}`
    const [override] = overridesOf(body)
    const added = override?.env.map(({ name, value }) => [name, value]) ?? []
    const task = { args: override?.args ?? [], env: { ...env, ...Object.fromEntries(added) } }
    const count = Number(field(field(body, 'overrides'), 'taskCount') ?? 1)
    const starts = Array.from({ length: count }, (_, index) =>
      JobProcess.start({ ...task, execution, index, count }),
    )
    this.tasks = (await Promise.all(starts)).map((started) => this.#opened.use(started))
    this.executions.push(...this.tasks.slice(0, 1))
    return {
      name: `${path.replace(/\/jobs\/.*/, '')}/operations/${execution}`,
      metadata: {
        '@type': 'type.googleapis.com/google.cloud.run.v2.Execution',
        name: `${path}/executions/${execution}`,
        job: path,
      },
      done: false,
    }
  }
}

/** Of a body that was checked. */
function overridesOf(body: unknown): readonly Override[] {
  return listOf(field(body, 'overrides'), 'containerOverrides').map((override) => ({
    name: textOf(override, 'name') ?? '',
    args: listOf(override, 'args').map(String),
    env: listOf(override, 'env').map((variable) => ({
      name: textOf(variable, 'name') ?? '',
      value: textOf(variable, 'value') ?? '',
    })),
  }))
}

function listOf(value: unknown, name: string): readonly unknown[] {
  const list = field(value, name)
  return Array.isArray(list) ? list : []
}

function error(code: number, message: string) {
  return { code, message, status: 'REFUSED' }
}
