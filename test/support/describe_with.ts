import { afterAll, beforeAll, describe, test } from '@jest/globals'
import { declareParts } from './declared_parts.ts'
import { adviceFor, missingParts } from './parts.ts'
import type { Part } from './parts.ts'
import { titleWithout } from './skipped.ts'

/**
 * Skips the tests where one of the parts is missing, which the summary at the end lists; in CI a
 * missing part is a failure.
 */
export function describeWith(needed: Part | readonly Part[], name: string, body: () => void): void {
  const parts = [needed].flat()
  const missing = missingParts(parts)
  if (missing.length === 0) return describe(name, () => declaring(parts, body))
  if (process.env['CI'] !== 'true') return describe.skip(titleWithout(name, missing), body)
  test(name, () => {
    const advice = adviceFor(missing).join('; ')
    throw new Error(`Cannot test without all parts: missing are ${missing.join(', ')}; ${advice}`)
  })
}

function declaring(parts: readonly Part[], body: () => void): void {
  let withdraw: () => void
  beforeAll(() => {
    withdraw = declareParts(parts)
  })
  body()
  afterAll(() => withdraw())
}
