import type { Kernel } from '../jupyter/kernel.ts'
import type { Notebook } from '../jupyter/nbformat.ts'
import type { Redactor } from '../redaction/redactor.ts'
import type { RunRequest } from '../request/run_request.ts'

/** Kernels in which the setup of some notebooks has run already. */
export interface WarmKernels {
  /** null where the request can have no such kernel. The result has to be disposed. */
  reserve(request: RunRequest, redactor: Redactor): WarmReservation | null
}

/** Keeps a kernel for a run until it has read the notebook; disposing it deletes one that was not taken. */
export interface WarmReservation extends Disposable {
  /** Whether there is a kernel, which may not fit. */
  readonly isHeld: boolean
  /** The kernel; null where there is none whose setup is that of the notebook. Never rejects. */
  take(notebook: Notebook): Promise<WarmStart | null>
}

/** A connected kernel in which the first cells of a notebook have run; no other run gets it. */
export interface WarmStart {
  readonly kernel: Kernel
  /** As the kernelspec has it, else as the notebook has it. */
  readonly language: string | null
  /** What there was to warn of when it was started. */
  readonly warnings: readonly string[]
  /** The time since its setup ended. */
  readonly ageMs: number
  /** Deletes the kernel in the background; to be called when no cell runs any more. */
  retire(): void
}
