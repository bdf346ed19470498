import type { Finding } from '../events.ts'
import type { Patient } from './context.ts'

/** Something to find out about a server. */
export interface Check {
  readonly name: string
  /** The checks without which this one says nothing. */
  readonly needs: readonly string[]
  /** Throws a RunError for what is bad. */
  readonly examine: (patient: Patient, signal: AbortSignal) => Promise<Opinion>
  /** What to do where a thrown error does not say it. */
  readonly advice: string
}

export type Opinion = Omit<Finding, 'check'>

export function good(what: string): Opinion {
  return { verdict: 'good', what, advice: null }
}

export function warning(what: string, advice: string): Opinion {
  return { verdict: 'warning', what, advice }
}

export function bad(what: string, advice: string): Opinion {
  return { verdict: 'bad', what, advice }
}

export function skipped(what: string, advice: string | null = null): Opinion {
  return { verdict: 'skipped', what, advice }
}
