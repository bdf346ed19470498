import { attempt, exitStatusOf, RunError } from './errors.ts'
import { claimTask, takenLine } from './job/claim.ts'
import { endSidecar } from './job/sidecar.ts'
import { refuseRun, runInTask, statusOfRun } from './job/run_in_task.ts'
import { readArgs, readTask } from './job/task.ts'
import { TaskCheckpoints } from './job/task_checkpoints.ts'
import type { TaskTools } from './job/task_tools.ts'
import { noticeLine } from './reporting/notice.ts'
import { variableOf } from './request/env.ts'
import { isSweep } from './request/run_options.ts'
import { createRunRedactor } from './run/run.ts'
import type { SweepInput } from './sweep/prepare.ts'
import { workingFolder } from './util/file_path.ts'
import { createRunId } from './util/run_id.ts'
import { Shutdown } from './util/shutdown.ts'

const { argv, env, stdout } = process
const task = readTask(env)
const opened = attempt(() => TaskCheckpoints.open(task, env))
const checkpoints = opened instanceof RunError ? null : opened
const maxEndMs = 5_000
const succeeded = 0

process.exitCode = exitStatusOf({ code: 'INSTANCE_STOPPED' }) // of a task that has to end before its run
process.exitCode = await new Shutdown(
  process,
  checkpoints?.isRetried ? suspended : undefined,
).guard(main)
setTimeout(() => process.exit(), maxEndMs).unref() // for libraries that never stop waiting

/** The status with which the task ends; Cloud Run takes any but 0 for a failure. */
async function main(signal: AbortSignal): Promise<number> {
  const { messageId, traceparent, earlier } = task
  const parsed = attempt(() => readArgs(argv.slice(2)))
  const redactor = createRunRedactor(parsed, env)
  const identity = { runId: createRunId(), messageId, earlier } as const
  const folder = workingFolder(process)
  const input = { ...identity, options: parsed, env, folder, caller: 'job', redactor } as const
  const project = variableOf(env, 'GOOGLE_CLOUD_PROJECT')
  const origin = { traceparent, project }
  const tools = { task, checkpoints, write, signal, origin }
  try {
    if (!(parsed instanceof RunError) && isSweep(parsed)) {
      return await runSets({ ...input, options: parsed }, tools)
    }
    if (opened instanceof RunError) return statusOfRun(await refuseRun(input, opened, tools))
    const claim = await claimTask(task, env, signal)
    if (claim.type === 'ours') return statusOfRun(await runInTask(input, null, tools))
    if (claim.type === 'failed') return statusOfRun(await refuseRun(input, claim.error, tools))
    write(takenLine(task, claim.by))
    return succeeded
  } finally {
    if (!signal.aborted) await endSidecar(env, redactor) // Cloud Run stops it, too
  }
}

/**
 * A reason for which no set is run is in an entry of each task, by which `publish.sh --wait` learns of it,
 * and is reported once, as that of a run: all tasks find the same.
 */
async function runSets(input: SweepInput, tools: TaskTools): Promise<number> {
  const { runSweepTask } = await import('./job/sweep_task.ts')
  const ended = opened instanceof RunError ? opened : await runSweepTask(input, tools)
  if (typeof ended === 'number') return ended
  const { index, messageId } = task
  const message = input.redactor.text(`Task ${index} runs no sets: ${ended.message}`)
  const facts = { event: 'sets_refused', outcome: 'error', messageId } as const
  write(noticeLine({ severity: 'WARNING', message, ...facts }))
  if (index > 0) return exitStatusOf(ended)
  return statusOfRun(await refuseRun(input, ended, tools))
}

/** Why a run stops that another attempt of the task goes on with. */
function suspended(name: NodeJS.Signals): RunError {
  const what = `Cannot go on in this attempt of the task: Cloud Run stops it (${name}); the kernel is left`
  return new RunError('SUSPENDED', what)
}

function write(line: string): void {
  stdout.write(line)
}
