import { attempt, exitStatusOf } from './errors.ts'
import { claimTask } from './job/claim.ts'
import { endSidecar } from './job/sidecar.ts'
import { readTask, readArgs } from './job/task.ts'
import { noticeLine } from './reporting/notice.ts'
import { namedNotebookOf, InputError } from './request/argv.ts'
import { variableOf } from './request/env.ts'
import { createRunRedactor, executeRun } from './run/run.ts'
import { createRunLog } from './run/run_log.ts'
import { workingFolder } from './util/file_path.ts'
import { createRunId } from './util/run_id.ts'
import { Shutdown } from './util/shutdown.ts'

const { argv, env, stdout } = process
const task = readTask(env)
const maxEndMs = 5_000

process.exitCode = await new Shutdown(process).guard(main)
setTimeout(() => process.exit(), maxEndMs).unref() // for libraries that never stop waiting

/** The status with which the task ends; Cloud Run takes any but 0 for a failure. */
async function main(signal: AbortSignal): Promise<number> {
  const { messageId, traceparent, earlier } = task
  const parsed = attempt(() => readArgs(argv.slice(2)))
  const redactor = createRunRedactor(parsed, env)
  try {
    const claim = await claimTask(task, env, signal)
    if (claim.type === 'taken') return logTaken(claim.by)
    const isClaimed = claim.type === 'ours'
    const options = isClaimed ? parsed : new InputError(claim.error, namedNotebookOf(parsed))
    const identity = { runId: createRunId(), messageId, earlier } as const
    const folder = workingFolder(process)
    const input = { ...identity, options, env, folder, caller: 'job', redactor } as const
    const project = variableOf(env, 'GOOGLE_CLOUD_PROJECT')
    const emit = createRunLog((line) => stdout.write(line), input, { traceparent, project })
    const { report } = await executeRun(input, { emit, signal })
    return exitStatusOf(report.error)
  } finally {
    if (!signal.aborted) await endSidecar(env, redactor) // Cloud Run stops it, too
  }
}

function logTaken(by: string): number {
  const { messageId } = task
  const message = `Message ${messageId} came again and is not run again: ${by} runs it`
  stdout.write(noticeLine({ event: 'delivered_again', message, messageId }))
  return 0
}
