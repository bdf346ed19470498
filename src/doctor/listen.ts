import { RunError } from '../errors.ts'
import type { Kernel } from '../jupyter/kernel.ts'
import type { KernelMessage } from '../jupyter/messages.ts'
import { deadline } from '../lifetime.ts'

/** What came of code that ran in the doctor's own kernel. */
export interface Heard {
  /** What it printed. */
  readonly text: string
  /** What the server said it drops: "data" or "message" rate; null when it dropped nothing. */
  readonly limited: string | null
}

export interface Question {
  readonly code: string
  /** Whether all has come that is expected. */
  readonly isAll: (heard: Heard) => boolean
}

/** Some kernels are idle before what they printed has come. */
const lateMs = 3_000

/** Runs code in the kernel and listens until it is over. */
export async function listen(
  kernel: Kernel,
  { code, isAll }: Question,
  signal: AbortSignal,
): Promise<Heard> {
  // Not silently: some kernels print nothing then.
  const request = kernel.execute(code, { stopOnError: true })
  let heard: Heard = { text: '', limited: null }
  const open = new Set(['reply', 'idle'])
  while (open.size > 0) {
    const message = await kernel.next(signal)
    if (message.parentId !== request) continue
    if (message.type === 'execute_reply') open.delete('reply')
    if (message.type === 'status' && message.state === 'idle') open.delete('idle')
    heard = withMessage(heard, message, kernel)
  }
  using late = deadline(lateMs, nothingMore, signal)
  while (!isAll(heard) && !late.signal.aborted) {
    const message = await kernel.next(late.signal).catch((error: unknown) => {
      if (late.signal.aborted && !signal.aborted) return null
      throw error
    })
    if (message?.parentId === request) heard = withMessage(heard, message, kernel)
  }
  signal.throwIfAborted()
  return heard
}

function withMessage(heard: Heard, message: KernelMessage, kernel: Kernel): Heard {
  if (message.type !== 'stream') return heard
  const rate = kernel.isFromServer(message) ? rateNamed(message.text) : null
  if (rate !== null) return { ...heard, limited: rate }
  return message.name === 'stdout' ? { ...heard, text: heard.text + message.text } : heard
}

function rateNamed(notice: string): string | null {
  return /^IOPub (data|message) rate exceeded/.exec(notice)?.[1] ?? null
}

function nothingMore(): RunError {
  return new RunError('CONNECTION_LOST', `Cannot wait longer: nothing came for ${lateMs / 1000} s`)
}
