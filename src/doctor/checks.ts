import { accessCheck } from './access.ts'
import { answerCheck } from './answer.ts'
import { baseUrlCheck } from './base_url.ts'
import type { Check } from './check.ts'
import { connectionCheck } from './connection.ts'
import { cullingCheck } from './culling.ts'
import { deletionCheck } from './deletion.ts'
import { idTokenCheck } from './id_token.ts'
import { instancesCheck } from './instances.ts'
import { kernelCheck } from './kernel.ts'
import { kernelspecCheck } from './kernelspec.ts'
import { orphansCheck } from './orphans.ts'
import { nameCheck } from './name.ts'
import { notebookCheck } from './notebook.ts'
import { rateLimitCheck } from './rate_limit.ts'
import { roundTripCheck } from './round_trip.ts'
import { tokenCheck } from './token.ts'
import { versionCheck } from './version.ts'

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
