import { setMaxListeners } from 'node:events'
import { RunError } from '../errors.ts'

/** A signal that never aborts, for what has to be done whatever happens. */
export const neverAborts: AbortSignal = new AbortController().signal

/** A signal with a time limit, whose reason is the error to throw. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal
  /** Starts the time again. */
  restart(): void
}

/**
 * Aborts with `createError()` after `ms` milliseconds, null for no limit, or with the reason of `outer`
 * when that aborts before. Disposing stops it. AbortSignal.any() costs several times as much, and a
 * long-lived signal would keep everything that depends on it.
 */
export function deadline(
  ms: number | null,
  createError: () => RunError,
  outer: AbortSignal = neverAborts,
): Deadline {
  const controller = new AbortController()
  setMaxListeners(0, controller.signal, outer) // many may wait at once, as when a notebook is saved to several destinations
  const timer = ms === null ? undefined : setTimeout(() => controller.abort(createError()), ms)
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

/** A deadline of `ms` milliseconds that starts when `signal` aborts. */
export function deadlineAfter(
  signal: AbortSignal,
  ms: number,
  createError: () => RunError,
): Omit<Deadline, 'restart'> {
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const start = () => {
    timer = setTimeout(() => controller.abort(createError()), ms)
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

/** Waits for `promise` until `signal` aborts, and throws its reason then; the promise itself goes on. */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  promise.catch(noop) // it goes on when it is not waited for, and may fail then
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

/**
 * Calls `action` now, after `firstMs`, and then each time after twice as long as before, `maxMs` at
 * most. Disposing ends it.
 */
export function repeatedly(
  action: () => void,
  { firstMs, maxMs }: { readonly firstMs: number; readonly maxMs: number },
): Disposable {
  let timer: NodeJS.Timeout
  const next = (waitMs: number) => {
    action()
    timer = setTimeout(() => next(Math.min(2 * waitMs, maxMs)), waitMs)
  }
  next(firstMs)
  return { [Symbol.dispose]: () => clearTimeout(timer) }
}

/** Calls `create` at the first call, and returns the same promise at every call. */
export function lazy<T>(create: () => Promise<T>): () => Promise<T> {
  let promise: Promise<T> | null = null
  return () => {
    if (promise !== null) return promise
    promise = create()
    promise.catch(noop) // it may be created early, and its failure counts only where it is awaited
    return promise
  }
}

/** Returns a function that gives the milliseconds since the signal aborted; null before. */
export function sinceAbort(signal: AbortSignal): () => number | null {
  let abortedTick = signal.aborted ? performance.now() : null
  const note = () => {
    abortedTick = performance.now()
  }
  signal.addEventListener('abort', note, { once: true })
  return () => (abortedTick === null ? null : performance.now() - abortedTick)
}

export function noop(): void {}
