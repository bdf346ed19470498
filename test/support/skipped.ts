import { adviceFor, isPart, type Part } from './parts.ts'

/** A test as jest reports it. */
export interface ReportedTest {
  readonly status: string
  /** Of the blocks around it. */
  readonly ancestorTitles: readonly string[]
}

/** The title of a block of tests that is skipped because these parts are missing. */
export function titleWithout(name: string, missing: readonly Part[]): string {
  return `${name} (missing: ${missing.join(', ')})`
}

/** What was skipped for want of which part, and how to get it; null when nothing was. */
export function skippedSummary(tests: readonly ReportedTest[]): string | null {
  const lacking = tests
    .filter(({ status }) => status === 'pending')
    .map(({ ancestorTitles }) => new Set(ancestorTitles.flatMap(missingIn)))
    .filter((missing) => missing.size > 0)
  if (lacking.length === 0) return null
  const counts = new Map<Part, number>()
  for (const part of lacking.flatMap((missing) => [...missing])) {
    counts.set(part, (counts.get(part) ?? 0) + 1)
  }
  const rows = [...counts].map(([part, count]) => `  ${part}: ${testsOf(count)}`)
  const advice = adviceFor([...counts.keys()]).map((line) => `  ${line}`)
  const head = `Skipped for want of something on this machine: ${testsOf(lacking.length)}`
  return [head, ...rows, 'To run them too:', ...advice].join('\n')
}

/** The parts that a title by titleWithout() names. */
function missingIn(title: string): readonly Part[] {
  const [, names = ''] = / \(missing: ([^()]+)\)$/.exec(title) ?? []
  return names.split(', ').filter(isPart)
}

function testsOf(count: number): string {
  return count === 1 ? '1 test' : `${count} tests`
}
