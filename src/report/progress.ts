import type { RunEvent } from '../events.ts'
import { PlainProgress } from './plain_progress.ts'
import type { ProgressOptions, ProgressStream } from './progress_stream.ts'

/** Shows a run to a person while it goes; disposing takes back what is not to stay. */
export interface Progress {
  observe(event: RunEvent): void
  [Symbol.dispose](): void
}

export async function createProgress(
  stream: ProgressStream,
  options: ProgressOptions,
): Promise<Progress> {
  if (stream.isTTY !== true) return new PlainProgress(stream, options)
  // Only a terminal needs the packages that draw on it: they take a while to load.
  const { TerminalProgress } = await import('./terminal_progress.ts')
  return new TerminalProgress(stream, options)
}
