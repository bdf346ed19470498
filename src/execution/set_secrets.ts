import { RunError } from '../errors.ts'
import type { Kernel } from '../jupyter/kernel.ts'
import type { ExecuteReply, KernelMessage } from '../jupyter/messages.ts'
import type { SecretStatement } from '../parameters/inject.ts'
import { deadline } from '../util/abort.ts'
import { quoteForError } from '../util/text.ts'

const budgetMs = 60_000

/**
 * Sets the secrets in the kernel before the first cell, in silent requests. Throws ARGUMENTS_INVALID
 * when the kernel refuses one (the message does not contain its value), CONNECTION_LOST when the
 * connection breaks, and KERNEL_GONE when the kernel does not answer within 60 s.
 */
export async function setSecrets(
  kernel: Kernel,
  statements: readonly SecretStatement[],
  signal: AbortSignal,
): Promise<void> {
  using limit = deadline(budgetMs, notAnswered, signal)
  for (const { name, code } of statements) {
    const reply = await kernel.request(code, {
      silent: true,
      stopOnError: false,
      onMessage: refuseReconnection,
      signal: limit.signal,
    })
    if (reply.status !== 'ok') throw refused(name, reply)
  }
}

/** After a reconnection it is unknown whether the kernel received the value. */
function refuseReconnection({ type }: KernelMessage): void {
  if (type === 'reconnected') throw connectionLost()
}

/** Uses only the error's name: its text and traceback can contain the code with the value. */
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
