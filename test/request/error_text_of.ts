import { RunError } from '../../src/errors.ts'

/** What errorTextOf() returns for a check that throws nothing. */
export const accepted = 'not refused: undefined'

/** The code and the message of the RunError that `read` throws; anything else fails the test. */
export function errorTextOf(read: () => unknown): string {
  try {
    const value = read()
    return `not refused: ${JSON.stringify(value)}`
  } catch (error) {
    if (error instanceof RunError) return `${error.code}: ${error.message}`
    throw error
  }
}
