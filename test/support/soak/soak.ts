import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { isRecord } from '../../../src/util/record.ts'
import { peakMegabytes } from '../processes.ts'
import { deliver, type Delivered } from '../deliver.ts'
import { FaultProxy } from '../fault_proxy.ts'
import { FunctionProcess } from '../function_process.ts'
import { JupyterServer } from '../jupyter_server.ts'
import { inLanes } from '../lanes.ts'
import { messageOf } from '../../../src/errors.ts'
import { rightResult, type SoakFault, soakFaults } from './faults.ts'
import { Random } from './random.ts'

export interface SoakOptions {
  readonly seed: number
  readonly runs: number
  readonly lanes: number
  /** Also faults that take the better part of a minute. */
  readonly withSlow: boolean
  /** Told of every run that did not end as it must. */
  readonly onTrouble: (trouble: string) => void
}

/** Everything but `runs`, `ends` and the peak has to be 0. */
export interface SoakFigures {
  runs: number
  readonly ends: Record<string, number>
  wrongEnds: number
  lostResults: number
  hangs: number
  kernelsLeft: number
  tokenLeaks: number
  peakMegabytes: number
}

interface SoakRun {
  readonly name: string
  readonly fault: SoakFault
  readonly random: Random
}

const limitMs = 150_000

/** Many runs with faults in an order drawn at random, in one real function process on one real server. */
export async function soak(options: SoakOptions): Promise<SoakFigures> {
  await using server = await JupyterServer.start()
  const env = { JUPYTER_TOKEN: server.token, JUPYTER_ALLOWED_HOSTS: '*' }
  await using running = await FunctionProcess.start({ env })
  const figures: SoakFigures = {
    runs: 0,
    ends: {},
    wrongEnds: 0,
    lostResults: 0,
    hangs: 0,
    kernelsLeft: 0,
    tokenLeaks: 0,
    peakMegabytes: 0,
  }
  const drawn = drawRuns(options)
  const runs = inLanes(drawn, options.lanes, async (run) => {
    const delivered = await inTime(perform(run, server, running))
    for (const trouble of judge(run, delivered, figures)) {
      options.onTrouble(`${run.name}: ${trouble}`)
    }
  })
  await Promise.all(runs.values())
  figures.kernelsLeft = (await server.kernels()).length
  figures.tokenLeaks = leaksOf(server.token, running.output)
  figures.peakMegabytes = Math.round(peakMegabytes(running.pid))
  return figures
}

/** The faults that `soak()` draws from, with their names. */
export function faultsFor({ withSlow }: Pick<SoakOptions, 'withSlow'>) {
  return Object.entries(soakFaults).filter(([, { isSlow }]) => withSlow || !isSlow)
}

/** Every fault once, in an order drawn at random, and then all again in another order. */
function drawRuns({ seed, runs, withSlow }: SoakOptions): readonly SoakRun[] {
  const random = new Random(seed)
  const faults = faultsFor({ withSlow })
  const rounds = Array.from({ length: Math.ceil(runs / faults.length) }, () =>
    random.shuffled(faults),
  )
  const drawn = rounds.flat().slice(0, runs)
  return drawn.map(([name, fault]) => {
    return { name, fault, random: new Random(random.between(0, 2 ** 31)) }
  })
}

async function perform(
  { fault, random }: SoakRun,
  server: JupyterServer,
  running: FunctionProcess,
): Promise<Delivered> {
  await using proxy = await FaultProxy.start(server.host)
  const path = `/${randomUUID()}.ipynb`
  await server.writeNotebook(path, fault.cells)
  const disturbance = Promise.resolve(fault.disturb?.({ proxy, server, random }))
  disturbance.catch(() => undefined) // a run that ends early needs no further fault
  return await deliver(running, `${proxy.host} ${path} ${fault.args ?? ''}`)
}

/** null when it takes too long: it hangs. */
async function inTime(run: Promise<Delivered>): Promise<Delivered | Error | null> {
  const stop = new AbortController()
  const late = pause(limitMs, null, { signal: stop.signal }).catch(() => null)
  const ended = run.catch((error: unknown) => new Error(messageOf(error)))
  try {
    return await Promise.race([ended, late])
  } finally {
    stop.abort()
  }
}

/** Counts the run and says what is wrong with its end. */
function judge(run: SoakRun, delivered: Delivered | Error | null, figures: SoakFigures): string[] {
  figures.runs += 1
  if (delivered === null) {
    figures.hangs += 1
    return ['it hangs']
  }
  if (delivered instanceof Error) {
    figures.lostResults += 1
    return [delivered.message]
  }
  const { answer, report } = delivered
  const error = isRecord(report['error']) ? report['error'] : null
  const end = String(error?.['code'] ?? report['outcome'])
  figures.ends[end] = (figures.ends[end] ?? 0) + 1
  const troubles: string[] = []
  const isRight = run.fault.ends.some((allowed) => allowed === end)
  const isDecisionRight = answer === (error?.['retryable'] === true ? 500 : 204)
  if (!isRight || !isDecisionRight || report['kernelDeleted'] === false) {
    figures.wrongEnds += 1
    troubles.push(`it ended with ${end}, answer ${answer}: ${JSON.stringify(report)}`)
  }
  if (end === 'succeeded' && textOf(report['result']) !== rightResult) {
    figures.lostResults += 1
    troubles.push(`its result is lost: ${JSON.stringify(report)}`)
  }
  return troubles
}

function textOf(result: unknown): unknown {
  const data = isRecord(result) ? result['data'] : null
  return isRecord(data) ? data['text/plain'] : null
}

/** How often the token can be read in `output`, plainly or in base64 at whatever offset. */
function leaksOf(token: string, output: string): number {
  const encoded = [0, 1, 2].map((offset) =>
    Buffer.from(`${' '.repeat(offset)}${token}`)
      .toString('base64')
      .slice(offset && 4, -4),
  )
  return [token, ...encoded].reduce((sum, form) => sum + output.split(form).length - 1, 0)
}
