import { callHttp } from './http_call.ts'
import { HttpFunction } from './http_function.ts'
import { JupyterServer } from './jupyter_server.ts'
import { inLanes } from './lanes.ts'
import { currentMegabytes } from './processes.ts'
import { until } from './until.ts'
import { messageOf } from '../../src/errors.ts'

export interface HttpLoad {
  readonly requests: number
  readonly atOnce: number
  /** How many warm kernels the notebook has; 0 for none. */
  readonly warm?: number
}

export interface HttpLoadFigures extends HttpLoad {
  readonly seconds: number
  readonly p50Ms: number
  readonly p95Ms: number
  readonly maxMs: number
  /** What went wrong, one line a request: another status, or the answer of another request. */
  readonly errors: readonly string[]
  readonly kernelsLeft: number
  /** How many requests got a warm kernel. */
  readonly hits: number
  /** Of the service from the middle to the end, in megabytes. */
  readonly memoryGrowth: number
}

/** Runs a notebook again and again, some at once, each request with a number that it has to get back. */
export async function measureHttpLoad({
  requests,
  atOnce,
  warm = 0,
}: HttpLoad): Promise<HttpLoadFigures> {
  await using server = await JupyterServer.start()
  const parameter = {
    type: 'code',
    source: 'number = 0',
    metadata: { tags: ['parameters'] },
  } as const
  await server.writeNotebook('echo.ipynb', [parameter, 'number'])
  await using service = await HttpFunction.start({
    JUPYTER_SERVER: server.host,
    JUPYTER_TOKEN: server.token,
    NBTRIGGER_MAX_RUNS: String(atOnce),
    ...(warm > 0 ? { NBTRIGGER_WARM: `/echo.ipynb=${warm}` } : {}),
  })
  const startTick = performance.now()
  const numbers = Array.from({ length: requests }, (_, place) => place + 1)
  const { port, pid } = service.process
  let middle = 0
  const asked = inLanes(numbers, atOnce, (number) => {
    if (number === Math.ceil(requests / 2)) middle = currentMegabytes(pid)
    return ask(port, number)
  })
  const told = await Promise.all(asked.values())
  const seconds = (performance.now() - startTick) / 1000
  const memoryGrowth = Math.round(currentMegabytes(pid) - middle)
  const { notebooks }: WarmKernels = JSON.parse((await callHttp(port, { path: '/warm' })).text)
  await service.process.terminate() // deletes the kernels that are warm
  const timesMs = told.map(({ durationMs }) => durationMs).toSorted((a, b) => a - b)
  const at = (part: number) => Math.round(timesMs[Math.ceil(part * timesMs.length) - 1] ?? 0)
  return {
    requests,
    atOnce,
    seconds,
    p50Ms: at(0.5),
    p95Ms: at(0.95),
    maxMs: at(1),
    errors: told.flatMap(({ error }) => error ?? []),
    kernelsLeft: await kernelsLeft(server),
    hits: notebooks[0]?.hits ?? 0,
    memoryGrowth,
  }
}

/** A busy server takes its time to delete the last ones. */
async function kernelsLeft(server: JupyterServer): Promise<number> {
  const none = async () => ((await server.kernels()).length === 0 ? 0 : undefined)
  return await until('the deletion', none, 15_000).catch(
    async () => (await server.kernels()).length,
  )
}

interface WarmKernels {
  readonly notebooks: readonly { readonly hits: number }[]
}

interface Told {
  readonly durationMs: number
  readonly error: string | null
}

async function ask(port: number, number: number): Promise<Told> {
  const startTick = performance.now()
  const error = await problemOf(port, number)
  return { durationMs: performance.now() - startTick, error }
}

async function problemOf(port: number, number: number): Promise<string | null> {
  try {
    const { status, text } = await callHttp(port, {
      path: `/run/echo.ipynb?number=${number}&result`,
    })
    return status === 200 && text === String(number) ? null : `${number}: ${status} ${text}`
  } catch (error) {
    return `${number}: ${messageOf(error)}`
  }
}
