import { describe, test } from '@jest/globals'
import { missingPart } from './parts.ts'
import type { Part } from './parts.ts'

/** Skips the tests where a part is missing, and says so; in CI a missing part is a failure. */
export function describeWith(needed: Part | readonly Part[], name: string, body: () => void): void {
  const reason = missingPart([needed].flat())
  if (reason === undefined) return describe(name, body)
  if (process.env['CI'] === 'true') {
    return test(name, () => {
      throw new Error(`Cannot test without all parts: ${reason}`)
    })
  }
  // Without --verbose jest itself does not name what it skips.
  process.stderr.write(`Skipped: ${name}: ${reason}\n`)
  describe.skip(`${name} (skipped: ${reason})`, body)
}
