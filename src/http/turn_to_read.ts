import { RunError } from '../errors.ts'
import { deadline } from '../lifetime.ts'
import type { Budget } from './budget.ts'

const maxWaitMs = 60_000

/**
 * Waits for a turn at reading a notebook or a folder, which may have many megabytes, without a run.
 * Throws BUSY when there is none in time.
 */
export async function turnToRead(reads: Budget, signal: AbortSignal): Promise<Disposable> {
  using limit = deadline(maxWaitMs, busy, signal)
  return await reads.wait(1, limit.signal)
}

function busy(): RunError {
  const reason = `others were read for ${maxWaitMs / 1000} s; try again later`
  return new RunError('BUSY', `Cannot read from the server: ${reason}`)
}
