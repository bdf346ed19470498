import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { isRecord } from '../../src/util/record.ts'
import { until } from './until.ts'

interface Running {
  readonly pid: number
  readonly parent: number
  readonly group: number
}

/** Children, their children and so on, as Linux knows them; empty on other systems. */
export function descendantsOf(pid: number): number[] {
  const running = runningProcesses()
  const below = (parent: number): number[] =>
    running
      .filter((process) => process.parent === parent)
      .flatMap((process) => [process.pid, ...below(process.pid)])
  return below(pid)
}

export function membersOfGroup(group: number): number[] {
  return runningProcesses()
    .filter((process) => process.group === group)
    .map(({ pid }) => pid)
}

export function isRunning(pid: number): boolean {
  return statusOf(pid) !== undefined
}

/** The most memory that a process ever had, in MB; 0 where it is gone, or the system does not say. */
export function peakMegabytes(pid: number): number {
  return megabytesOf(pid, /^VmHWM:\s+(\d+) kB$/m)
}

/** The memory that a process has now, likewise. */
export function currentMegabytes(pid: number): number {
  return megabytesOf(pid, /^VmRSS:\s+(\d+) kB$/m)
}

function megabytesOf(pid: number, line: RegExp): number {
  try {
    const [, kilobytes = 0] = line.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return Number(kilobytes) / 1024
  } catch {
    return 0
  }
}

/** Signals a process or, negative, a group; that it is gone already is no error. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (!isRecord(error) || error['code'] !== 'ESRCH') throw error
  }
}

/** Waits a moment for processes that are about to end, and kills those that are not. */
export async function endProcesses(pids: readonly number[]): Promise<void> {
  const ended = () => !pids.some(isRunning) || undefined
  await until('the end of processes', ended, 2_000).catch(() => undefined)
  for (const pid of pids.filter(isRunning)) signalProcess(pid, 'SIGKILL')
  await until('the end of processes', ended, 10_000).catch(() => undefined)
}

function runningProcesses(): Running[] {
  if (!existsSync('/proc')) return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => statusOf(Number(name)))
    .filter((status) => status !== undefined)
}

/** Undefined when the process is gone, or a zombie that only waits to be counted out. */
function statusOf(pid: number): Running | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state, parent, group] = status.slice(status.lastIndexOf(')') + 2).split(' ')
    return state === 'Z' ? undefined : { pid, parent: Number(parent), group: Number(group) }
  } catch {
    return undefined
  }
}
