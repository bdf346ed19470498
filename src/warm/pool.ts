import { RunError } from '../errors.ts'
import type { Redactor } from '../redaction/redactor.ts'
import { type Notice, noticeLine } from '../reporting/notice.ts'
import type { RunRequest } from '../request/run_request.ts'
import type { WarmKernels, WarmReservation } from '../run/warm.ts'
import type { WarmSettings } from './settings.ts'
import { type NotebookStatus, type Prefill, WarmNotebook } from './warm_notebook.ts'

/** The state of all warm kernels: what `GET /warm` answers. */
export interface WarmStatus {
  readonly notebooks: readonly NotebookStatus[]
  /** Of all notebooks together, with those that are being made. */
  readonly kernels: number
  readonly maxKernels: number
  readonly maxAgeSeconds: number
}

/** The warm kernels of one process. */
export class WarmPool implements WarmKernels {
  readonly #settings: WarmSettings
  readonly #notebooks: ReadonlyMap<string, WarmNotebook>
  readonly #closing = new AbortController()
  #isPrefilled = false

  /** `write` takes lines for the log. */
  constructor(settings: WarmSettings, write: (line: string) => void) {
    this.#settings = settings
    const { maxKernels, maxAgeMs } = settings
    const shared = {
      maxAgeMs,
      hasRoom: () => this.#kernels < maxKernels,
      log: (notice: Notice) => write(noticeLine(notice)),
      signal: this.#closing.signal,
    }
    this.#notebooks = new Map(
      Array.from(settings.sizes, ([path, size]) => [path, new WarmNotebook(path, size, shared)]),
    )
  }

  reserve(request: RunRequest, redactor: Redactor): WarmReservation | null {
    if (this.#closing.signal.aborted || !mayBeWarm(request)) return null
    return this.#notebooks.get(request.notebook.describe())?.reserve(request, redactor) ?? null
  }

  /**
   * Makes the kernels before there are requests for them, one after the other, and the first time
   * only. Never rejects.
   */
  async prefill(prefill: Prefill): Promise<void> {
    if (this.#isPrefilled) return
    this.#isPrefilled = true
    for (const notebook of this.#notebooks.values()) await notebook.prefill(prefill)
  }

  /** Whether the next request for this notebook may get a warm kernel. */
  isReady(path: string): boolean {
    return (this.#notebooks.get(path)?.status.ready ?? 0) > 0
  }

  get status(): WarmStatus {
    const { maxKernels, maxAgeMs } = this.#settings
    return {
      notebooks: Array.from(this.#notebooks.values(), ({ status }) => status),
      kernels: this.#kernels,
      maxKernels,
      maxAgeSeconds: maxAgeMs / 1000,
    }
  }

  /** Deletes all kernels, those that are being made too. Never throws. */
  async close(): Promise<void> {
    this.#closing.abort(new RunError('INSTANCE_STOPPED', 'Cannot go on: this instance is stopped'))
    await Promise.all(Array.from(this.#notebooks.values(), (each) => each.close()))
  }

  get #kernels(): number {
    return [...this.#notebooks.values()].reduce((sum, { kernels }) => sum + kernels, 0)
  }
}

/** Not with a kernel of its own, with variables for it alone, or on a server that starts for this run. */
function mayBeWarm({ kernelId, keepKernel, kernelEnv, hub }: RunRequest): boolean {
  return kernelId === null && !keepKernel && kernelEnv.size === 0 && hub === null
}
