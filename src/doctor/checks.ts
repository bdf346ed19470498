import type { Check } from './check.ts'
import { cullingCheck } from './culling.ts'
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
  tokenCheck,
  versionCheck,
} from './server.ts'

/** The checks that take moments and need no kernel, in the order in which they build on each other. */
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

/** All checks, in the order in which they build on each other. */
export const allChecks: readonly Check[] = [
  ...quickChecks,
  orphansCheck,
  kernelCheck,
  rateLimitCheck,
  cullingCheck,
  roundTripCheck,
  deletionCheck,
]
