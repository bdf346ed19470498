import { isRecord } from '../../../src/util/record.ts'
import { callHttp } from '../../support/http_call.ts'
import { measureHttpLoad } from '../../support/http_load.ts'
import { HttpFunction } from '../../support/http_function.ts'
import { until } from '../../support/until.ts'
import { secondsSince } from '../ours.ts'
import { GatewayStandIn } from '../peers/gateway.ts'
import { OpenKernel } from '../peers/plain.ts'
import { functionEnv, type Place } from '../place.ts'
import type { Contender, Row, Sample } from '../row.ts'

interface WarmWork {
  readonly name: string
  readonly setup: readonly string[]
  readonly parameters: string
  readonly rest: readonly string[]
  readonly result: string
}

const addition: WarmWork = {
  name: 'warm-reference',
  setup: ['def add(a, b):\n    return a + b'],
  parameters: 'a = 5\nb = 10',
  rest: ['result = add(a, b)', 'result'],
  result: '15',
}

const model: WarmWork = {
  name: 'warm-model',
  setup: [
    'import numpy\nimport matplotlib.pyplot',
    'random = numpy.random.default_rng(1)\nx = random.normal(size=(20_000, 20))',
    'y = x @ numpy.arange(20) + random.normal(size=20_000)',
    'weights, *_ = numpy.linalg.lstsq(x, y, rcond=None)',
  ],
  parameters: 'value = 1.0',
  rest: [
    'sample = numpy.random.default_rng(2).normal(value, 0.001, size=(150_000, 20))',
    'int(round((sample @ weights).mean()))',
  ],
  result: '190',
}

/** What a request to the HTTP service takes, with a warm kernel and without one. */
export const warmReference: Row = {
  name: addition.name,
  work: 'a request for the reference notebook with parameters, to the HTTP service',
  rounds: 15,
  notes: `The floor is one request to run code on a connection that stays open, in a kernel that keeps its state. The
stand-in for Kernel Gateway does that twice for each request, as its mode for HTTP does. nbtrigger reads the notebook and
connects to a kernel that no other request gets.`,
  bars: [
    { measure: 'seconds', of: 'nbtrigger, warm', over: 'an open kernel', atMost: 2.5 },
    { measure: 'seconds', of: 'nbtrigger, warm', over: null, atMost: 0.08 },
  ],
  contenders: (place) => contendersFor(place, addition),
}

export const warmModel: Row = {
  name: model.name,
  work: 'a request for a notebook that imports NumPy and Matplotlib and fits a model, to the HTTP service',
  rounds: 9,
  bars: [
    { measure: 'seconds', of: 'nbtrigger, warm', over: 'an open kernel', atMost: 2.5 },
    { measure: 'seconds', of: 'nbtrigger, warm', over: null, atMost: 0.08 },
  ],
  contenders: (place) => contendersFor(place, model),
}

async function contendersFor(place: Place, work: WarmWork): Promise<readonly Contender[]> {
  const { name, setup, parameters, rest } = work
  const { host, token } = place.server
  const path = `/${name}.ipynb`
  const tagged = { type: 'code', source: parameters, metadata: { tags: ['parameters'] } } as const
  await place.server.writeNotebook(path, [...setup, tagged, ...rest])
  const opened = place.opened
  const service = opened.use(
    await HttpFunction.start({ ...functionEnv(place.server), NBTRIGGER_WARM: `${path}=2` }),
  )
  const plain = { host, token, cells: [...setup, parameters], pongs: true }
  const kernel = opened.use(await OpenKernel.start(plain))
  const code = rest.join('\n')
  const gateway = opened.use(await GatewayStandIn.start(kernel, code))
  return [
    {
      name: 'nbtrigger, warm',
      run: async () => {
        await warmKernel(service)
        return await answer(service, `/run${path}`, work)
      },
    },
    {
      name: 'nbtrigger, cold',
      run: () => answer(service, `/run${path}?warm=false`, work),
    },
    { name: 'an open kernel', run: () => timed(() => kernel.execute(code)) },
    { name: 'a stand-in for Kernel Gateway', run: () => timed(() => gateway.request()) },
  ]
}

/** Waits until all kernels are warm; the first request has none, and makes them. */
async function warmKernel(service: HttpFunction): Promise<void> {
  const status = async () => {
    const { text } = await service.get('/warm')
    const { notebooks }: { readonly notebooks: readonly Warm[] } = JSON.parse(text)
    return notebooks[0] ?? { notebook: '', size: 1, ready: 0, misses: 0 }
  }
  const { notebook, misses } = await status()
  if (misses === 0) await service.get(`/run${notebook}`)
  await until('warm kernels', async () => {
    const { ready, size } = await status()
    return ready === size || undefined
  })
}

interface Warm {
  readonly notebook: string
  readonly size: number
  readonly ready: number
  readonly misses: number
}

async function answer(service: HttpFunction, path: string, { result }: WarmWork): Promise<Sample> {
  const startedTick = performance.now()
  const { text } = await callHttp(service.process.port, { path })
  const seconds = secondsSince(startedTick)
  const report: unknown = JSON.parse(text)
  const isWarm = isRecord(report) && report['warm'] !== undefined
  if (!text.includes(`"${result}"`) || isWarm === path.includes('warm=false')) {
    throw new Error(`Cannot measure: ${text.slice(0, 500)}`)
  }
  return { seconds }
}

async function timed(work: () => Promise<void>): Promise<Sample> {
  const startedTick = performance.now()
  await work()
  return { seconds: secondsSince(startedTick) }
}

const requests = 1_000
const atOnce = 20
const kernels = 4

/** Many callers and few warm kernels: the others start their own. */
export const warmLoad: Row = {
  name: 'warm-load',
  work: `${requests} requests to the HTTP service, ${atOnce} at once on ${kernels} warm kernels`,
  rounds: 1,
  warmUps: 0,
  bars: [{ measure: 'seconds', of: 'nbtrigger, warm', over: 'nbtrigger, cold', atMost: 1 }],
  notes: `What is compared is the time within which 95 % of the warm service's requests are answered, and that of half of
the requests of the service without warm kernels.`,
  contenders: async (_, divisor) => [
    { name: 'nbtrigger, warm', run: () => load(divisor, kernels) },
    { name: 'nbtrigger, cold', run: () => load(divisor * 5, 0) },
  ],
}

async function load(divisor: number, warm: number): Promise<Sample> {
  const figures = await measureHttpLoad({ requests: requests / divisor, atOnce, warm })
  const { errors, kernelsLeft, hits, p50Ms, p95Ms, maxMs, memoryGrowth } = figures
  if (errors.length > 0) throw new Error(`Cannot measure: ${errors.slice(0, 5).join('; ')}`)
  if (kernelsLeft > 0) throw new Error(`Cannot measure: ${kernelsLeft} kernels are left`)
  const times = [p50Ms, p95Ms, maxMs].map((ms) => `${(ms / 1000).toFixed(1)} s`)
  const [half, most, all] = times
  const remark = `Half of them were answered within ${half}, 95 % within ${most}, all within ${all}; ${hits} got a warm
kernel, and the service's memory grew by ${memoryGrowth} MB in the second half.`
  return { seconds: (warm > 0 ? p95Ms : p50Ms) / 1000, remark }
}
