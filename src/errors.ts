export type Outcome = 'succeeded' | 'failed' | 'timed_out' | 'cancelled' | 'error'

export interface ErrorCodeEntry {
  /** For the README's table of errors. */
  readonly meaning: string
  /** Whether the same run may go well a little later, as long as none of its cells was sent. */
  readonly retryable: boolean
  readonly exitStatus: 1 | 2 | 3 | 130
  /** What the HTTP function answers. */
  readonly httpStatus: number
  /** It concerns a request to the HTTP function, and never a run. */
  readonly httpOnly?: true
  readonly outcome: Exclude<Outcome, 'succeeded'>
}

/** Everything that can go wrong: what it means, whether it may pass, how the command exits. */
export const errorCodes = {
  ARGUMENTS_INVALID: refused(400, 'The words, or the fields of a request, cannot be understood'),
  TOKEN_MISSING: refused(500, 'JUPYTER_TOKEN is not set, empty, or cannot be sent in a header'),
  HOST_NOT_ALLOWED: refused(403, 'The host is neither JUPYTER_SERVER nor in JUPYTER_ALLOWED_HOSTS'),
  HTTP_NOT_ALLOWED: refused(403, 'Plain http would show the token to the network on the way'),
  SERVER_UNREACHABLE: passing(503, 'The server does not answer, or only with 429 or 5xx'),
  SERVER_NOT_JUPYTER: permanent(
    502,
    'Something answers, but it is no Jupyter Server at this address',
  ),
  TLS_FAILED: permanent(502, 'The server does not speak https, or its certificate is not trusted'),
  TOKEN_REFUSED: permanent(502, 'The Jupyter Server refuses the token'),
  IAM_REFUSED: permanent(502, 'Google Cloud refuses the call, or to give an ID token for it'),
  IAM_UNREACHABLE: passing(503, 'Google Cloud gives no ID token at the moment'),
  NOTEBOOK_NOT_FOUND: permanent(404, 'The server has no notebook at this path'),
  NOTEBOOK_INVALID: permanent(422, 'The file at this path cannot be read as a notebook'),
  KERNEL_NOT_FOUND: permanent(502, 'The server has no kernel or kernelspec of this name or id'),
  KERNEL_START_FAILED: permanent(502, 'The kernel was asked for but never answered'),
  KERNEL_DIED: permanent(502, 'The kernel process ended in the middle of the run'),
  KERNEL_GONE: permanent(502, 'The kernel was deleted, culled or shut down under the run'),
  CONNECTION_LOST: passing(503, 'The connection to the kernel broke and did not come back'),
  CELL_TOO_LARGE: permanent(502, 'A cell is larger than the server takes in one message'),
  OUTPUT_TOO_LARGE: permanent(502, 'One output is larger than nbtrigger takes in one message'),
  OUTPUT_NOT_SAVED: permanent(502, 'The executed notebook could not be stored at its destination'),
  CELL_TIMED_OUT: { ...permanent(504, 'A cell took longer than its limit'), outcome: 'timed_out' },
  RUN_TIMED_OUT: { ...permanent(504, 'The run took longer than its limit'), outcome: 'timed_out' },
  CELL_FAILED: { ...permanent(422, 'A cell raised an error'), exitStatus: 1, outcome: 'failed' },
  CANCELLED: { ...permanent(503, 'The run was stopped'), exitStatus: 130, outcome: 'cancelled' },
  INSTANCE_STOPPED: {
    ...passing(503, 'The platform stopped the instance that the run was on'),
    outcome: 'cancelled',
  },
  MESSAGE_TOO_OLD: permanent(400, 'The message waited longer than NBTRIGGER_MAX_AGE'),
  KEY_REFUSED: unasked(401, 'The request has not the key of NBTRIGGER_HTTP_KEY'),
  HOST_HEADER_REFUSED: unasked(
    421,
    'The request was sent to a host that is not served without a key',
  ),
  ORIGIN_REFUSED: unasked(403, 'The request comes from a web page of another site'),
  ROUTE_NOT_FOUND: unasked(404, 'The HTTP function has nothing at this path'),
  METHOD_NOT_ALLOWED: unasked(405, 'The path takes other methods'),
  NOT_ACCEPTABLE: unasked(406, 'The result has none of the types that `Accept` names'),
  BODY_TOO_SLOW: unasked(408, 'The body of the request was not here within 10 s'),
  BODY_TOO_LARGE: unasked(413, 'The body of the request is larger than 1 MiB'),
  BODY_TYPE_UNKNOWN: unasked(415, 'The body of the request is neither JSON nor plain text'),
  BUSY: unasked(
    429,
    'The instance has as much to do as it can: runs (NBTRIGGER_MAX_RUNS), or answers nobody reads',
  ),
  INTERNAL: permanent(500, 'A fault of nbtrigger itself: please report it'),
} as const satisfies Record<string, ErrorCodeEntry>

export type ErrorCode = keyof typeof errorCodes

export interface RunErrorOptions extends ErrorOptions {
  /** What to do about it, in the imperative: "check the path". */
  readonly advice?: string | null
  readonly ename?: string
  readonly evalue?: string
  readonly traceback?: readonly string[]
}

/** Why something cannot be done, and what to do about it: the last part of a RunError's text. */
export interface Reason {
  readonly what: string
  readonly advice?: string | null
}

/** Makes an error of the reason why something was refused. */
export type Refuse = (reason: string, options?: RunErrorOptions) => RunError

/** Why a run, or a request beside it, cannot go on: what is so, and what to do about it. */
export class RunError extends Error {
  override readonly name = 'RunError'
  readonly code: ErrorCode
  /** Without the advice: 'Cannot read the notebook "/x": the server has no such file'. */
  readonly what: string
  /** null where nothing is known that helps. */
  readonly advice: string | null
  readonly ename: string | undefined
  readonly evalue: string | undefined
  readonly traceback: readonly string[] | undefined

  constructor(code: ErrorCode, what: string, options: RunErrorOptions = {}) {
    const { advice = null } = options
    super(advice === null ? what : `${what}; ${advice}`, options)
    this.code = code
    this.what = what
    this.advice = advice
    this.ename = options.ename
    this.evalue = options.evalue
    this.traceback = options.traceback
  }
}

/** Whether it may go well a moment later, the server not having taken what was asked. */
export function isPassing(error: unknown): boolean {
  const { code } = asRunError(error)
  return code === 'SERVER_UNREACHABLE' || code === 'IAM_UNREACHABLE'
}

/** The RunError that `error` is, or one of code INTERNAL around it. */
export function asRunError(error: unknown): RunError {
  if (error instanceof RunError) return error
  const hasMessage = typeof error === 'object' && error !== null && 'message' in error
  const message = hasMessage ? error.message : error
  return new RunError('INTERNAL', `Cannot go on: ${String(message)}`, { cause: error })
}

function refused(httpStatus: number, meaning: string) {
  return { meaning, retryable: false, exitStatus: 2, outcome: 'error', httpStatus } as const
}

function passing(httpStatus: number, meaning: string) {
  return { meaning, retryable: true, exitStatus: 3, outcome: 'error', httpStatus } as const
}

function permanent(httpStatus: number, meaning: string) {
  return { meaning, retryable: false, exitStatus: 3, outcome: 'error', httpStatus } as const
}

/** A request that is answered without a run, or beside it. */
function unasked(httpStatus: number, meaning: string) {
  return { ...refused(httpStatus, meaning), httpOnly: true } as const
}
