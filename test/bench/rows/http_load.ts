import { measureHttpLoad } from '../../support/http_load.ts'
import type { Row, Sample } from '../row.ts'

const requests = 200
const atOnce = 20

/** How the HTTP service bears many callers; each has to get the answer to its own request. */
export const httpLoad: Row = {
  name: 'http-load',
  work: `${requests} requests to the HTTP service, ${atOnce} at once`,
  rounds: 1,
  warmUps: 0,
  bars: [{ measure: 'seconds', of: 'nbtrigger', over: null, atMost: 120 }],
  notes: `Each request is a run with a kernel of its own, so most of the time is spent on starting 20 Python
processes at once.`,
  contenders: async (_, divisor) => [{ name: 'nbtrigger', run: () => answered(divisor) }],
}

async function answered(divisor: number): Promise<Sample> {
  const figures = await measureHttpLoad({ requests: requests / divisor, atOnce })
  const { seconds, errors, kernelsLeft, p50Ms, p95Ms, maxMs } = figures
  if (errors.length > 0) throw new Error(`Cannot measure: ${errors.slice(0, 5).join('; ')}`)
  if (kernelsLeft > 0) throw new Error(`Cannot measure: ${kernelsLeft} kernels are left`)
  const times = [p50Ms, p95Ms, maxMs].map((ms) => `${(ms / 1000).toFixed(1)} s`)
  const [half, most, all] = times
  const remark = `Half of them were answered within ${half}, 95 % within ${most}, all within ${all}.`
  return { seconds, remark }
}
