import { RunError, asRunError } from '../errors.ts'

/** A call without effect: the server refused it (3xx, 4xx), or no connection came about. */
export class NotTaken extends RunError {}

/** Whether a call that failed with this error has changed nothing on the server for sure. */
export function hadNoEffect(error: unknown): boolean {
  const { code } = asRunError(error)
  // Without its ID token a call does not go out, and with a wrong one it does not reach Jupyter.
  return error instanceof NotTaken || code === 'IAM_REFUSED' || code === 'IAM_UNREACHABLE'
}
