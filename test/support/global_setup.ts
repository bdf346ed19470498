import { messageOf } from '../../src/errors.ts'
import { hasPart } from './parts.ts'
import { pythonEnvironment, pythonWithPlots } from './python_environment.ts'

/** Makes the Python environment before the first test, so that no test's time limit counts it. */
export default async function globalSetup(): Promise<void> {
  await pythonEnvironment()
  // Plots are drawn in a browser only, and the tests that draw them are skipped without.
  if (hasPart('chromium') && !hasPart('matplotlib')) await pythonWithPlots().catch(tell)
}

function tell(error: unknown): void {
  process.stderr.write(`${messageOf(error)}\n`)
}
