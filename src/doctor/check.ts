import type { Finding } from '../events.ts'
import type { DoctorContext } from './context.ts'

/** Something to find out about a server. */
export interface Check {
  readonly name: string
  /** The checks without which this one says nothing. */
  readonly needs: readonly string[]
  /** Throws a RunError for what is bad. */
  readonly examine: (context: DoctorContext, signal: AbortSignal) => Promise<CheckResult>
  /** What to do where a thrown error does not say it. */
  readonly advice: string
}

export type CheckResult = Omit<Finding, 'check'>

export function pass(what: string): CheckResult {
  return { verdict: 'good', what, advice: null }
}

export function warning(what: string, advice: string): CheckResult {
  return { verdict: 'warning', what, advice }
}

export function fail(what: string, advice: string): CheckResult {
  return { verdict: 'bad', what, advice }
}

export function skipped(what: string, advice: string | null = null): CheckResult {
  return { verdict: 'skipped', what, advice }
}
