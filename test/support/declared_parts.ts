import { adviceFor, hasPart, type Part } from './parts.ts'

const declared: Part[] = []

/** Declares the parts that the tests need which run now, until the returned function is called. */
export function declareParts(needed: readonly Part[]): () => void {
  declared.push(...needed)
  return () => {
    declared.splice(declared.length - needed.length)
  }
}

/** Whether the tests that run now may use the part; a program that is no test may use all. */
export function isDeclared(part: Part): boolean {
  return process.env['JEST_WORKER_ID'] === undefined || declared.includes(part)
}

/**
 * For whatever starts a part's program. Throws when the part is missing; throws on every machine
 * when a test has not declared it, since that test would fail on a machine without the part.
 */
export function requirePart(part: Part): void {
  if (!isDeclared(part)) {
    const advice = `put the test into describeWith('${part}', ...)`
    throw new Error(`Cannot use ${part}: the test does not declare that it needs it; ${advice}`)
  }
  if (!hasPart(part)) {
    throw new Error(`Cannot use ${part}: this machine lacks it; ${adviceFor([part]).join('; ')}`)
  }
}
