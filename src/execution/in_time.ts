import type { RunEvent } from '../events.ts'

/** Passes on what `listening` yields; it may stop with the reason of `time`, which is no error. */
export async function* inTime(
  listening: AsyncGenerator<RunEvent, void, void>,
  time: AbortSignal,
  outer: AbortSignal,
): AsyncGenerator<RunEvent, void, void> {
  try {
    yield* listening
  } catch (error) {
    if (outer.aborted || !time.aborted) throw error
  }
}
