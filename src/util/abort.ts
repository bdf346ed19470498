import { setMaxListeners } from 'node:events'
import { RunError } from '../errors.ts'

/** A signal that never aborts, for what has to be done whatever happens. */
export const neverAborts: AbortSignal = new AbortController().signal

/** A signal whose reason is the verdict, so that whoever waits on it throws the right error. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal
  /** Counts from now on. */
  restart(): void
}

/**
 * Aborts with `verdict()` after `ms` milliseconds, null for never, and with `outer` when that aborts
 * before; unless it is disposed. AbortSignal.any costs several times as much, and a signal that
 * lives long would keep what hangs on it.
 */
export function deadline(
  ms: number | null,
  verdict: () => RunError,
  outer: AbortSignal = neverAborts,
): Deadline {
  const controller = new AbortController()
  setMaxListeners(0, controller.signal, outer) // many may wait at once, as for a notebook's copies
  const timer = ms === null ? undefined : setTimeout(() => controller.abort(verdict()), ms)
  const stop = () => controller.abort(outer.reason)
  if (outer.aborted) stop()
  else if (outer !== neverAborts) outer.addEventListener('abort', stop, { once: true })
  return {
    signal: controller.signal,
    restart: () => void timer?.refresh(),
    [Symbol.dispose]: () => {
      clearTimeout(timer)
      outer.removeEventListener('abort', stop)
    },
  }
}

/** A deadline that counts from the moment when `signal` aborts; until then there is none. */
export function deadlineAfter(
  signal: AbortSignal,
  ms: number,
  verdict: () => RunError,
): Omit<Deadline, 'restart'> {
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const start = () => {
    timer = setTimeout(() => controller.abort(verdict()), ms)
  }
  if (signal.aborted) start()
  else signal.addEventListener('abort', start, { once: true })
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      signal.removeEventListener('abort', start)
      clearTimeout(timer)
    },
  }
}

/** Waits for `promise`, but no longer than `signal` allows; the promise itself goes on. */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  let stop = noop
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** Asks when it is called first; whoever calls later gets the same answer. */
export function lazy<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | null = null
  return () => {
    if (answer !== null) return answer
    answer = ask()
    answer.catch(noop) // it may be asked early, and its failure counts only where it is awaited
    return answer
  }
}

/** Tells how many milliseconds ago the signal was aborted; null while it is not. */
export function sinceAbort(signal: AbortSignal): () => number | null {
  let abortedTick = signal.aborted ? performance.now() : null
  const note = () => {
    abortedTick = performance.now()
  }
  signal.addEventListener('abort', note, { once: true })
  return () => (abortedTick === null ? null : performance.now() - abortedTick)
}

export function noop(): void {}
