/** What one check of the doctor's found. */
export interface Finding {
  /** The check's name: "token". */
  readonly check: string
  readonly verdict: Verdict
  readonly what: string
  /** null where there is nothing to do. */
  readonly advice: string | null
}

/** `warning`: runs go well, but not always, or not as well as they could. */
export type Verdict = 'good' | 'warning' | 'bad' | 'skipped'
