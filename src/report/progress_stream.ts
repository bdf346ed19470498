import type { Redactor } from './redact.ts'

/** What is needed of the standard error. */
export interface ProgressStream {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

export interface ProgressOptions {
  /** Whether the outputs of cells are shown too. */
  readonly verbose: boolean
  /** For a secret that came in two pieces: it is whole only when outputs are joined to lines. */
  readonly redactor?: Redactor
}
