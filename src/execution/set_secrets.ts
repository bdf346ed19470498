import { RunError } from '../errors.ts'
import type { Kernel } from '../jupyter/kernel.ts'
import type { ExecuteReply } from '../jupyter/messages.ts'
import type { SecretStatement } from '../parameters/inject.ts'
import { deadline } from '../util/abort.ts'
import { quoteForError } from '../util/text.ts'

const budgetMs = 60_000

/** Gives the kernel its secrets before the first cell, in requests that nobody sees. */
export async function setSecrets(
  kernel: Kernel,
  statements: readonly SecretStatement[],
  signal: AbortSignal,
): Promise<void> {
  using limit = deadline(budgetMs, notAnswered, signal)
  for (const { name, code } of statements) {
    const reply = await executeSilently(kernel, code, limit.signal)
    if (reply.status !== 'ok') throw refused(name, reply)
  }
}

/** Over when both the reply and the idle status have come, in either order. */
async function executeSilently(
  kernel: Kernel,
  code: string,
  signal: AbortSignal,
): Promise<ExecuteReply> {
  const request = kernel.execute(code, { silent: true, stopOnError: false })
  let reply: ExecuteReply | null = null
  let isIdle = false
  while (reply === null || !isIdle) {
    const message = await kernel.next(signal)
    if (message.type === 'reconnected') throw connectionLost()
    if (message.parentId !== request) continue
    if (message.type === 'execute_reply') reply = message
    if (message.type === 'status' && message.state === 'idle') isIdle = true
  }
  return reply
}

/** Says nothing of the error but its name: the rest may show the code, and so the value. */
function refused(name: string, { status, error }: ExecuteReply): RunError {
  const answer = /^\w{1,40}$/.test(error.ename) ? error.ename : status
  return new RunError(
    'ARGUMENTS_INVALID',
    `Cannot set the secret ${quoteForError(name)}: the kernel answers ${quoteForError(answer)}`,
    { advice: 'choose another name for it' },
  )
}

function connectionLost(): RunError {
  return new RunError(
    'CONNECTION_LOST',
    'Cannot tell whether the secrets are set: the connection broke before the first cell',
  )
}

function notAnswered(): RunError {
  return new RunError(
    'KERNEL_GONE',
    `Cannot set the secrets: the kernel did not take them within ${budgetMs / 1000} s`,
  )
}
