import type { Finding } from '../events.ts'
import type { DoctorContext } from './context.ts'

/** One thing that a run needs, as the doctor looks at it. */
export interface Check {
  readonly name: string
  /** The names of the checks without which this one would say nothing. */
  readonly needs: readonly string[]
  /** Throws a RunError when what it looks at fails. */
  readonly run: (context: DoctorContext, signal: AbortSignal) => Promise<CheckResult>
  /** What to do when the thrown error has no advice. */
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
