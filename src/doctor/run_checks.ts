import { asRunError } from '../errors.ts'
import type { Finding } from '../events.ts'
import { neverAborts } from '../util/abort.ts'
import { type Check, type CheckResult, fail, skipped } from './check.ts'
import type { DoctorContext } from './context.ts'
import {
  deletionCheck,
  kernelCheck,
  kernelspecCheck,
  orphansCheck,
  roundTripCheck,
} from './kernel.ts'
import { cullingCheck, rateLimitCheck } from './limits.ts'
import { connectionCheck, nameCheck } from './network.ts'
import { notebookCheck } from './notebook.ts'
import {
  accessCheck,
  answerCheck,
  baseUrlCheck,
  idTokenCheck,
  instancesCheck,
  tokenCheck,
  versionCheck,
} from './server.ts'

const endMs = 12_000

/**
 * Makes the checks one after the other; where one is bad, those that need it are skipped. Throws
 * the signal's reason when it is aborted, and leaves no kernel behind.
 */
export async function* examine(
  context: DoctorContext,
  checks: readonly Check[],
  signal: AbortSignal,
): AsyncGenerator<Finding, void, void> {
  /** For each check that was not made or is bad: the one that is to blame. */
  const blame = new Map<string, string>()
  try {
    for (const { name, needs, ...check } of checks) {
      const missing = needs.find((need) => blame.has(need))
      const culprit = missing === undefined ? undefined : blame.get(missing)
      const opinion =
        culprit === undefined
          ? await opinionOf(check, context, signal)
          : skipped(`because "${culprit}" is bad`)
      if (culprit !== undefined || opinion.verdict === 'bad') blame.set(name, culprit ?? name)
      yield { check: name, ...opinion }
    }
  } finally {
    await context.findings.kernel?.end(endMs, neverAborts)
  }
}

async function opinionOf(
  { examine: look, advice }: Pick<Check, 'examine' | 'advice'>,
  context: DoctorContext,
  signal: AbortSignal,
): Promise<CheckResult> {
  signal.throwIfAborted()
  try {
    return await look(context, signal)
  } catch (error) {
    signal.throwIfAborted()
    const known = asRunError(error)
    return fail(known.what, known.advice ?? advice)
  }
}

/** What can be told at once, without a kernel. */
export const quickChecks: readonly Check[] = [
  nameCheck,
  connectionCheck,
  idTokenCheck,
  answerCheck,
  accessCheck,
  baseUrlCheck,
  versionCheck,
  tokenCheck,
  instancesCheck,
  notebookCheck,
  kernelspecCheck,
]

/** All of them, in the order in which they build on each other. */
export const checks: readonly Check[] = [
  ...quickChecks,
  orphansCheck,
  kernelCheck,
  rateLimitCheck,
  cullingCheck,
  roundTripCheck,
  deletionCheck,
]
