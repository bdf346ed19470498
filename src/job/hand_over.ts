import { attempt, RunError } from '../errors.ts'
import { isDefaultServer, readHost } from '../request/allow_list.ts'
import type { Env } from '../request/env.ts'
import { sweepTasks } from '../request/options.ts'
import { isSweep, type RunOptions } from '../request/run_options.ts'
import { targetHost, targetNotebook, usesHttps } from '../request/target.ts'
import { messageText } from '../run/command_line.ts'
import type { SweepInput } from '../sweep/prepare.ts'
import { type Execution, readJob, startExecution } from './executions.ts'
import { type HandedOver, handedOverEnv } from './task.ts'

export interface Handover extends Execution {
  /** How many tasks it has for sets of parameters; null for one run. */
  readonly tasks: number | null
}

/**
 * Starts an execution of the job of NBTRIGGER_JOB that runs the notebook, or all of its sets. Throws
 * JOB_REFUSED, or JOB_UNREACHABLE when it may go well a little later; and ARGUMENTS_INVALID for sets
 * that cannot be run, as far as that can be told before the notebook is read.
 */
export async function handOver(
  input: SweepInput,
  message: HandedOver,
  signal: AbortSignal,
): Promise<Handover> {
  const { options, env } = input
  const job = readJob(env)
  const argument = argumentForJob(options, env)
  const tasks = isSweep(options) ? await tasksFor(input, signal) : null
  return { ...(await startExecution(job, { argument, env: handedOverEnv(message), tasks })), tasks }
}

async function tasksFor(input: SweepInput, signal: AbortSignal): Promise<number> {
  const { indexesOf, isRepeatable, planSweep } = await import('../sweep/prepare.ts')
  const plan = planSweep(input)
  const indexes = isRepeatable(input) ? await indexesOf({ ...plan, server: null }, signal) : null
  return Math.min(plan.tasks ?? sweepTasks, indexes?.length ?? plan.sets.count)
}

/** Linux takes 128 KiB as one argument of a program. */
const maxArgumentBytes = 100_000

/** What the job's only argument is, which it parses as a message. */
export function argumentForJob(options: RunOptions, env: Env): string {
  const server = serverForJob(options, env)
  const notebook = targetNotebook(options, env)
  const argument = messageText({ ...options, ...server, notebook, job: false, tasks: null })
  const bytes = Buffer.byteLength(argument)
  if (bytes <= maxArgumentBytes) return argument
  const reason = `its arguments have ${bytes} bytes, and the maximum is ${maxArgumentBytes}`
  throw new RunError('ARGUMENTS_INVALID', `Cannot hand the run over to the job: ${reason}`, {
    advice: 'have the notebook read large values from a file or a bucket',
  })
}

/**
 * The job has a usual server of its own, which may run beside it. A hub is another server, as is any
 * other host.
 */
function serverForJob(options: RunOptions, env: Env): Pick<RunOptions, 'host' | 'useHttps'> {
  if (options.hub === null && isForDefaultServer(options, env))
    return { host: null, useHttps: false }
  const host = targetHost(options, env)
  return { host, useHttps: usesHttps(options, host) }
}

function isForDefaultServer({ host, useHttps }: RunOptions, env: Env): boolean {
  if (host === null) return true
  return attempt(() => isDefaultServer(readHost(host, { useHttps, purpose: 'call' }), env)) === true
}
