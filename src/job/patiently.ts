import { setTimeout as pause } from 'node:timers/promises'
import { type ErrorCode, RunError } from '../errors.ts'
import { isTransient } from '../google/api.ts'
import { noop } from '../util/abort.ts'

export const firstWaitMs = 500
export const maxWaitMs = 15_000
/** Cloud Storage may be out of order for some minutes, and what came of the runs must not be lost. */
const maxPatienceMs = 240_000
/** A task that Cloud Run stops is killed after 10 s. */
export const maxStoppedMs = 3_000

/**
 * Makes a call of Cloud Storage, which may be repeated, until it goes well: for 4 minutes at most, or 3 s
 * when `signal` has aborted. Then it throws what the call throws, or at once where `isWorthwhile` is false.
 */
export async function patiently<Value>(
  call: () => Promise<Value>,
  signal: AbortSignal,
  isWorthwhile: (error: unknown) => boolean = () => true,
): Promise<Value> {
  const startedTick = performance.now()
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(2 * waitMs, maxWaitMs)) {
    try {
      return await call()
    } catch (error) {
      const maxMs = signal.aborted ? maxStoppedMs : maxPatienceMs
      if (!isWorthwhile(error) || performance.now() - startedTick > maxMs) throw error
    }
    await pauseFor(waitMs, signal)
  }
}

const ofStorage: readonly ErrorCode[] = ['CLAIM_FAILED', 'CHECKPOINT_FAILED']

/** Whether the bookkeeping in Cloud Storage failed, and not the run. */
export function isOfStorage({ code }: RunError): boolean {
  return ofStorage.includes(code)
}

/** For calls before anything has run: whether Cloud Storage may do a minute later what it has not done. */
export function mayPass(error: unknown): boolean {
  return error instanceof RunError && isOfStorage(error) && isTransient(error.cause)
}

/** Waits until then, or until `signal` aborts; half a second where it has aborted before. */
export async function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) await pause(firstWaitMs)
  else await pause(ms, undefined, { signal }).catch(noop)
}
