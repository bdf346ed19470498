import { asRunError } from '../errors.ts'
import { neverAborts } from '../util/abort.ts'
import {
  type Check,
  type CheckOptions,
  type CheckResult,
  type DoctorContext,
  fail,
  skipped,
} from './check.ts'
import { cullingCheck } from './culling.ts'
import { hubChecks, onHubServer } from './hub.ts'
import {
  deletionCheck,
  kernelCheck,
  kernelspecCheck,
  orphansCheck,
  roundTripCheck,
} from './kernel.ts'
import { connectionCheck, nameCheck } from './network.ts'
import { notebookCheck } from './notebook.ts'
import { rateLimitCheck } from './rate_limit.ts'
import {
  accessCheck,
  answerCheck,
  baseUrlCheck,
  idTokenCheck,
  instancesCheck,
  kindCheck,
  tokenCheck,
  versionCheck,
} from './server.ts'

const deletionMaxMs = 12_000

/**
 * Runs the checks one after the other; those that need a check that failed are skipped. Deletes the
 * kernel that they started in any case. Returns the names of the checks that failed, or were skipped
 * because of one that failed. Throws the signal's reason when it aborts.
 */
export async function runChecks(
  context: DoctorContext,
  checks: readonly Check[],
  { emit, signal }: CheckOptions,
): Promise<ReadonlySet<string>> {
  /** For each check that failed or was skipped: the failed one that is the reason. */
  const failed = new Map<string, string>()
  try {
    for (const check of checks) {
      const { name, needs } = check
      const reason = needs.map((need) => failed.get(need)).find((need) => need !== undefined)
      const result =
        reason === undefined
          ? await runCheck(check, context, signal)
          : skipped(`because "${reason}" is bad`)
      if (reason !== undefined || result.verdict === 'bad') failed.set(name, reason ?? name)
      emit({ check: name, ...result })
    }
  } finally {
    await context.findings.kernel?.end(deletionMaxMs, neverAborts)
  }
  return new Set(failed.keys())
}

async function runCheck(
  { run, advice }: Check,
  context: DoctorContext,
  signal: AbortSignal,
): Promise<CheckResult> {
  signal.throwIfAborted()
  try {
    return await run(context, signal)
  } catch (cause) {
    signal.throwIfAborted()
    const error = asRunError(cause)
    return fail(error.what, error.advice ?? advice)
  }
}

/** What is in front of a server, or of JupyterHub. */
const networkChecks: readonly Check[] = [
  nameCheck,
  connectionCheck,
  idTokenCheck,
  answerCheck,
  accessCheck,
]

const serverChecks: readonly Check[] = [
  baseUrlCheck,
  versionCheck,
  tokenCheck,
  kindCheck,
  instancesCheck,
  notebookCheck,
  kernelspecCheck,
]

const kernelChecks: readonly Check[] = [
  orphansCheck,
  kernelCheck,
  rateLimitCheck,
  cullingCheck,
  roundTripCheck,
  deletionCheck,
]

/**
 * The checks that take moments and need no kernel, in the order in which they build on each other.
 * Where JupyterHub has to start the server, they end with the Hub.
 */
export function quickChecks({ hub }: Pick<DoctorContext, 'hub'>): readonly Check[] {
  return hub === null ? [...networkChecks, ...serverChecks] : [...networkChecks, ...hubChecks]
}

/** All checks of a server, in the order in which they build on each other. */
export const allChecks: readonly Check[] = [...quickChecks({ hub: null }), ...kernelChecks]

/** Runs all checks; on JupyterHub with a server that is started for them. */
export async function runAllChecks(context: DoctorContext, options: CheckOptions): Promise<void> {
  if (context.hub === null) {
    await runChecks(context, allChecks, options)
    return
  }
  const failed = await runChecks(context, quickChecks(context), options)
  if (failed.size > 0) return
  await onHubServer(context, options, async (own) => {
    await runChecks(own, [answerCheck, accessCheck, ...serverChecks, ...kernelChecks], options)
  })
}
