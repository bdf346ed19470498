import { skippedSummary, type ReportedTest } from './skipped.ts'

interface Results {
  readonly testResults: readonly { readonly testResults: readonly ReportedTest[] }[]
}

/** A reporter of jest: writes at the very end what was skipped, and how to run it too. */
export default class SkippedReporter {
  onRunComplete(_contexts: unknown, { testResults }: Results): void {
    const summary = skippedSummary(testResults.flatMap((file) => file.testResults))
    if (summary !== null) process.stderr.write(`\n${summary}\n`)
  }
}
