/** How many times more than usual a property is tried; from NBTRIGGER_FUZZ. */
const factor = Math.max(1, Number(process.env['NBTRIGGER_FUZZ'] ?? 1) || 1)

export interface FuzzOptions {
  readonly numRuns: number
  readonly endOnFailure: true
  readonly seed?: number
}

/** Options for `fc.assert()`: always the same cases, or other ones and more with NBTRIGGER_FUZZ. */
export function fuzzOptions(runs: number): FuzzOptions {
  const numRuns = Math.ceil(runs * factor)
  return { numRuns, endOnFailure: true, ...(factor === 1 && { seed: 13 }) }
}

/** The limit of a test that tries a property, for `test()`. */
export const fuzzTestMs = 120_000 * factor
