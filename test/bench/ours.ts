import { randomInt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isRecord } from '../../src/util/record.ts'
import { endOf, startCommand } from '../support/command.ts'
import { peakMegabytes } from '../support/processes.ts'
import { type FunctionProcess, labelsOf, type LogEntry } from '../support/function_process.ts'
import type { Place } from './place.ts'
import type { Sample } from './row.ts'

/** Has the warm function run what the arguments ask for: from the delivery to its acknowledgement. */
export async function inFunction(
  { running }: Pick<Place, 'running'>,
  args: readonly string[],
): Promise<Sample> {
  const id = String(randomInt(1e12, 9e12))
  const startedTick = performance.now()
  const startedCpu = cpuSecondsOf(running.pid)
  const status = await running.deliver(args.join(' '), { id })
  const seconds = secondsSince(startedTick)
  const cpuSeconds = cpuSecondsOf(running.pid) - startedCpu
  if (status !== 204) throw new Error(`Cannot measure: the function answers ${status}`)
  await succeeded(running, id)
  return { seconds, cpuSeconds } // its memory is that of whatever it has done before
}

/** The same until the result is logged; what comes after that, the kernel's deletion too, still has to go well. */
export async function untilResultOf(
  { running }: Pick<Place, 'running'>,
  args: readonly string[],
): Promise<Sample> {
  const id = String(randomInt(1e12, 9e12))
  const startedTick = performance.now()
  const answer = running.deliver(args.join(' '), { id })
  const isResult = (entry: LogEntry) =>
    entry['event'] === 'result' && labelsOf(entry)['message_id'] === id
  await running.waitForEntry(isResult)
  const seconds = secondsSince(startedTick)
  await answer
  await succeeded(running, id)
  return { seconds }
}

/** The report of this delivery has to say that all went well, whatever its log makes of it. */
async function succeeded(running: FunctionProcess, id: string): Promise<void> {
  const report = await running.waitForEntry(({ event, messageId }) => {
    return event === 'run_finished' && messageId === id
  })
  if (report['outcome'] !== 'succeeded') {
    throw new Error(`Cannot measure: ${JSON.stringify(report).slice(0, 1000)}`)
  }
}

/** The built command as a whole process, from its start to its end. */
export async function asCommand(
  { server }: Pick<Place, 'server'>,
  args: readonly string[],
): Promise<Sample> {
  const env = { JUPYTER_SERVER: server.host, JUPYTER_TOKEN: server.token }
  const startedTick = performance.now()
  await using child = await startCommand(args, env)
  let megabytes = 0
  const timer = setInterval(() => {
    megabytes = Math.max(megabytes, peakMegabytes(child.pid))
  }, 20)
  await child.ended()
  const seconds = secondsSince(startedTick)
  clearInterval(timer)
  const { status, stderr } = await endOf(child)
  if (status !== 0) throw new Error(`Cannot measure: the command ended with ${status}: ${stderr}`)
  return { seconds, megabytes }
}

/** The time that the process has computed so far, as Linux counts it. */
export function cpuSecondsOf(pid: number): number {
  const [user = NaN, system = NaN] = cpuTimesOf(pid)
  return user + system
}

/** The same of its children that have ended. */
export function childCpuSecondsOf(pid: number): number {
  const [, , user = NaN, system = NaN] = cpuTimesOf(pid)
  return user + system
}

/** In the order of `man proc_pid_stat`: utime, stime, cutime and cstime, in seconds. */
function cpuTimesOf(pid: number): readonly number[] {
  const status = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = status.slice(status.lastIndexOf(')') + 2).split(' ')
  const ticksPerSecond = 100
  return fields.slice(11, 15).map((ticks) => Number(ticks) / ticksPerSecond)
}

export function secondsSince(tick: number): number {
  return (performance.now() - tick) / 1000
}

/** Reads the line of JSON by which a peer tells of itself at its end. */
export function readSample(stdout: string): Sample {
  const value: unknown = JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
  if (!isRecord(value) || typeof value['seconds'] !== 'number') {
    throw new Error(`Cannot read the figures in "${stdout.slice(0, 200)}"`)
  }
  const { seconds, cpuSeconds, megabytes } = value
  return {
    seconds,
    ...(typeof cpuSeconds === 'number' && { cpuSeconds }),
    ...(typeof megabytes === 'number' && { megabytes }),
  }
}
