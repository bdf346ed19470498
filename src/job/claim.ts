import { asRunError, type RunError } from '../errors.ts'
import { noticeLine } from '../reporting/notice.ts'
import type { Env } from '../request/env.ts'
import { textOf } from '../util/record.ts'
import { ClaimsFolder } from './claims_folder.ts'
import { mayPass, patiently } from './patiently.ts'
import type { Task } from './task.ts'

/** Whether this task is the one that runs its message. */
export type Claim =
  | { readonly type: 'ours' }
  /** Another task runs it, or has run it. */
  | { readonly type: 'taken'; readonly by: string }
  | { readonly type: 'failed'; readonly error: RunError }

const ours: Claim = { type: 'ours' }

/**
 * Writes an object that is named after the message of the task, unless there is one already: a message
 * that is delivered twice starts two executions, of which one runs it. Another attempt of the same
 * task has the same claim. Without NBTRIGGER_CLAIMS or a message there is nothing to claim.
 */
export async function claimTask(task: Task, env: Env, signal: AbortSignal): Promise<Claim> {
  try {
    const folder = ClaimsFolder.open(env, 'Cannot claim the message')
    if (folder === null || task.messageId === null) return ours
    const claim = { task: task.name, at: new Date().toISOString() }
    const { messageId } = task
    const create = () => folder.create(messageId, claim, signal)
    const found = await patiently(create, signal, mayPass)
    if (found === null) return ours
    const by = textOf(found.value, 'task')
    // It is our own after another attempt of the task, or when the answer to the first call was lost.
    return by === task.name ? ours : { type: 'taken', by: by ?? 'another task' }
  } catch (error) {
    return { type: 'failed', error: asRunError(error) }
  }
}

/** The entry of the log for a message that another task, or execution, runs. */
export function takenLine({ messageId }: Task, by: string): string {
  const message = `Message ${messageId} came again and is not run again: ${by} runs it`
  return noticeLine({ event: 'delivered_again', message, messageId })
}
