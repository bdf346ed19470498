import { diagnose, type Complaint } from './diagnose.ts'
import type { ErrorCode } from './errors.ts'
import type { RunEvent } from './events.ts'
import type { RunDraft } from './run_draft.ts'

/** What the doctor may have an explanation for. */
const startProblems: ReadonlySet<ErrorCode> = new Set([
  'SERVER_UNREACHABLE',
  'SERVER_NOT_JUPYTER',
  'TLS_FAILED',
  'TOKEN_REFUSED',
  'IAM_REFUSED',
  'IAM_UNREACHABLE',
  'NOTEBOOK_NOT_FOUND',
  'NOTEBOOK_INVALID',
  'KERNEL_NOT_FOUND',
  'KERNEL_START_FAILED',
])

/** Tells where it breaks when the world kept a run from beginning. */
export async function* diagnosis(
  { draft, ...complaint }: Complaint & { readonly draft: RunDraft },
  signal: AbortSignal,
): AsyncGenerator<RunEvent, void, void> {
  const code = draft.errorBeforeCells
  if (code === null || !startProblems.has(code) || signal.aborted) return
  const findings = await diagnose(complaint, signal)
  if (findings.length > 0 && !signal.aborted) yield { type: 'diagnosed', findings }
}
