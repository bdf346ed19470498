import pRetry from 'p-retry'
import { asRunError, isTemporary, RunError } from '../errors.ts'
import type { Emit } from '../events.ts'
import { otherProtocolError } from '../jupyter/other_protocol.ts'
import { type Absence, absenceOf, mayBeOtherProtocol } from '../jupyter/response_error.ts'
import type { JupyterServer } from '../jupyter/server.ts'
import type { Limits } from '../request/limits.ts'
import { abortable, deadline, noop } from '../util/abort.ts'

export interface ServerWait {
  readonly limits: Pick<Limits, 'startTimeoutMs' | 'loopbackTimeoutMs'>
  readonly server: JupyterServer
  /** Gets `server_waiting` for each attempt that the server did not answer. */
  readonly emit: Emit
}

/**
 * Waits until a Jupyter Server answers. A server that may wake up is tried until `signal` aborts, one
 * of which nothing shows that it is there only for seconds. Throws a RunError: SERVER_NOT_FOUND for
 * the latter.
 */
export async function awaitServer(
  { limits, server, emit }: ServerWait,
  signal: AbortSignal,
): Promise<void> {
  const policy = new RetryPolicy(server.url, limits)
  const protocol = new ProtocolCheck(server)
  let last: RunError | null = null
  try {
    await pRetry(() => protocol.requireJupyter(signal), {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: 250,
      maxTimeout: 4_000,
      randomize: true,
      signal,
      shouldRetry: ({ error }) => isTemporary(error) && policy.allowsRetry(error),
      onFailedAttempt: ({ error, attemptNumber }) => {
        if (signal.aborted) return // it failed because of that
        last = asRunError(error)
        if (!isTemporary(error)) return // no further attempt follows
        emit({ type: 'server_waiting', attempt: attemptNumber, reason: last.message })
      },
    })
  } catch (error) {
    if (signal.aborted && last === null) throw error
    throw policy.finalError(last ?? asRunError(error), signal)
  }
}

/** How long to go on while every attempt shows that nothing is there, in milliseconds. */
const absentMs = { name: 5_000, lookup: 10_000, network: 10_000 } as const

/** What to do about it, where it does not pass: a lookup and a network may come back. */
const absentAdvice: Readonly<Partial<Record<Absence, string>>> = {
  name: 'check the host',
  loopback: 'start the server, or name its port; --start-timeout waits longer for it',
}

class RetryPolicy {
  readonly #url: URL
  readonly #limits: ServerWait['limits']
  #absentSinceTick: number | null = null

  constructor(url: URL, limits: ServerWait['limits']) {
    this.#url = url
    this.#limits = limits
  }

  allowsRetry(error: unknown): boolean {
    const absence = absenceOf(error, this.#url)
    if (absence === null) {
      this.#absentSinceTick = null
      return true
    }
    this.#absentSinceTick ??= performance.now()
    return performance.now() - this.#absentSinceTick < this.#maxMs(absence)
  }

  /** The error of the last attempt, with how long was tried. */
  finalError(last: RunError, signal: AbortSignal): RunError {
    const absence = absenceOf(last, this.#url)
    if (absence === null && !signal.aborted) return last
    const { startTimeoutMs } = this.#limits
    const maxMs = absence === null ? startTimeoutMs : this.#maxMs(absence)
    const time = signal.aborted
      ? `${startTimeoutMs / 1000} s (--start-timeout)`
      : `${maxMs / 1000} s`
    const what = `${last.what}; tried for ${time}`
    const advice = absence === null || maxMs === Infinity ? undefined : absentAdvice[absence]
    if (advice !== undefined) return new RunError('SERVER_NOT_FOUND', what, { advice, cause: last })
    return new RunError(last.code, what, { advice: last.advice, cause: last })
  }

  #maxMs(absence: Absence): number {
    return absence === 'loopback' ? (this.#limits.loopbackTimeoutMs ?? Infinity) : absentMs[absence]
  }
}

/** A server that takes longer may be asleep, or wait for the other protocol. */
const slowMs = 2_000

/** Finds out once, when an attempt fails or is slow, whether the server speaks the other protocol. */
class ProtocolCheck {
  readonly #server: JupyterServer
  #isMade = false

  constructor(server: JupyterServer) {
    this.#server = server
  }

  async requireJupyter(signal: AbortSignal): Promise<void> {
    if (this.#isMade) return await this.#server.status.requireJupyter(signal)
    using slow = deadline(slowMs, tooSlow, signal)
    const answer = this.#server.status.requireJupyter(signal)
    try {
      await abortable(answer, slow.signal)
    } catch (error) {
      signal.throwIfAborted()
      const isSlow = slow.signal.aborted
      if (!isSlow && !mayBeOtherProtocol(error)) throw error
      this.#isMade = true
      answer.catch(noop) // it may fail while the other protocol is tried
      const mismatch = await otherProtocolError(this.#server.url, signal)
      if (mismatch !== null) throw mismatch
      await answer
    }
  }
}

function tooSlow(): RunError {
  return new RunError('SERVER_UNREACHABLE', 'Cannot tell yet whether the server answers')
}
