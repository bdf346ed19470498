import { RunError } from '../errors.ts'
import type { Kernel } from '../jupyter/kernel.ts'
import type { RunRequest } from '../request/run_request.ts'
import type { RunSaves } from '../storage/autosave.ts'
import { deadlineAfter } from '../util/abort.ts'
import type { ReportBuilder } from './report.ts'
import type { WarmStart } from './warm.ts'

const cleanUpMs = 15_000
const hurriedCleanUpMs = 5_000 // a platform waits 8 s, and interrupting and publishing take some
const saveMs = 60_000
const lateSaveMs = 20_000 // what is left of a function's time when a run has used up its own

interface RunToCleanUp {
  readonly request: Pick<RunRequest, 'runTimeoutMs'>
  readonly report: ReportBuilder
  readonly saves: RunSaves
}

interface UsedKernel {
  /** null where the run did not come so far. */
  readonly kernel: Kernel | null
  /** Where the kernel was warm. */
  readonly warm: WarmStart | null
}

/**
 * Saves the notebook and ends the kernel, side by side, when no cell runs any more; the end of a
 * warm kernel is not waited for. Returns what went wrong, for warnings, but for a kernel that was not
 * deleted, and throws nothing. Hurries when `signal` is aborted, before or meanwhile.
 */
export async function cleanUp(
  { request, report, saves }: RunToCleanUp,
  { kernel, warm }: UsedKernel,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const isHurried = signal.aborted
  using hurry = deadlineAfter(signal, hurriedCleanUpMs, notCleanedUp)
  const maxMs = request.runTimeoutMs === null ? saveMs : lateSaveMs
  report.endNotebook()
  const [saved] = await Promise.all([
    saves.finish({ maxMs, hurriedMs: hurriedCleanUpMs }, signal),
    warm === null
      ? kernel?.end(isHurried ? hurriedCleanUpMs : cleanUpMs, hurry.signal)
      : warm.retire(),
  ])
  if (kernel?.existsOnServer) report.kernelEnded(kernel, kernel.deleted)
  const notSaved = report.saved(saved)
  return [...saved.warnings, ...notSaved, ...(kernel?.sharedUse ? [kernel.sharedUse] : [])]
}

function notCleanedUp(): RunError {
  return new RunError('CANCELLED', 'Cannot wait for the cleaning up: the run has to end')
}
