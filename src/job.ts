import { attempt, exitStatusOf, RunError } from './errors.ts'
import { claimTask, takenLine } from './job/claim.ts'
import { endSidecar } from './job/sidecar.ts'
import { readArgs, readTask, type TaskTools } from './job/task.ts'
import { noticeLine } from './reporting/notice.ts'
import { variableOf } from './request/env.ts'
import { InputError, knownOptions } from './request/input_error.ts'
import { isSweep } from './request/run_options.ts'
import { createRunRedactor, executeRun, type RunInput } from './run/run.ts'
import { createRunLog } from './run/run_log.ts'
import type { SweepInput } from './sweep/prepare.ts'
import { workingFolder } from './util/file_path.ts'
import { createRunId } from './util/run_id.ts'
import { Shutdown } from './util/shutdown.ts'

const { argv, env, stdout } = process
const task = readTask(env)
const maxEndMs = 5_000
const succeeded = 0

process.exitCode = await new Shutdown(process).guard(main)
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
  const tools = { task, write, signal, origin: { traceparent, project } } as const
  try {
    if (!(parsed instanceof RunError) && isSweep(parsed)) {
      return await runSets({ ...input, options: parsed }, tools)
    }
    const claim = await claimTask(task, env, signal)
    if (claim.type === 'ours') return await runNotebook(input, tools)
    if (claim.type === 'failed') return await runNotebook(refused(input, claim.error), tools)
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
  const ended = await runSweepTask(input, tools)
  if (typeof ended === 'number') return ended
  const { index, messageId } = task
  const message = input.redactor.text(`Task ${index} runs no sets: ${ended.message}`)
  const facts = { event: 'sets_refused', outcome: 'error', messageId } as const
  write(noticeLine({ severity: 'WARNING', message, ...facts }))
  return index === 0 ? await runNotebook(refused(input, ended), tools) : exitStatusOf(ended)
}

function refused(input: RunInput, error: RunError): RunInput {
  return { ...input, options: new InputError(error, knownOptions(input.options)) }
}

async function runNotebook(input: RunInput, { origin, signal }: TaskTools): Promise<number> {
  const emit = createRunLog(write, input, origin)
  const { report } = await executeRun(input, { emit, signal })
  return exitStatusOf(report.error)
}

function write(line: string): void {
  stdout.write(line)
}
