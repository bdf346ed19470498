/** How a run can end. */
export const outcomes = ['succeeded', 'failed', 'timed_out', 'cancelled', 'error'] as const

export type Outcome = (typeof outcomes)[number]

/** What an error code means, and everything that is decided by it. */
export interface ErrorCodeEntry {
  /** For the tables of errors in the documentation, and the title of HTTP problems. */
  readonly meaning: string
  readonly outcome: Exclude<Outcome, 'succeeded'>
  /** Whether Pub/Sub delivers the message again, as long as no cell was sent: `retryable` in reports. */
  readonly redelivered: boolean
  readonly exitStatus: 1 | 2 | 3 | 130
  readonly httpStatus: number
  /** What kind of HTTP request can be answered with it; null for none that openapi.json describes. */
  readonly requests: HttpRequestKind | null
  /** It concerns a request to the HTTP service, and never a run. */
  readonly httpOnly?: true
  /** Whether a call of the server that failed with it is repeated within the run. */
  readonly callRepeated?: true
  /** The call was never made, so it has changed nothing on the server. */
  readonly neverSent?: true
  /** Whether the doctor looks for the reason of a run that ended with it before its first cell. */
  readonly diagnosed?: true
  /** It lies with the notebook's file, so that the doctor has nothing to say of one from elsewhere. */
  readonly aboutNotebook?: true
  /** Its message quotes names of the request: paths, parameters, kernels. */
  readonly quotesNames?: true
  /** It is found when the notebook has run to its end. */
  readonly afterNotebook?: true
  /** What the page adds for people who know nothing but the page. */
  readonly pageAdvice?: string
  /** The run goes on without this process, which saves, deletes and publishes nothing. */
  readonly leavesRun?: true
}

/** Each kind can also be answered with what the kinds before it can be answered with. */
export type HttpRequestKind = 'any' | 'server' | 'notebook' | 'run'

/** Everything that can go wrong: the only list of codes. */
export const errorCodes = {
  ARGUMENTS_INVALID: refused(400, 'The arguments, or the fields of a request, are invalid', {
    requests: 'server',
    quotesNames: true,
  }),
  TOKEN_MISSING: refused(500, 'JUPYTER_TOKEN is not set, empty, or cannot be sent in a header', {
    requests: 'server',
  }),
  HOST_NOT_ALLOWED: refused(
    403,
    'The host is neither JUPYTER_SERVER nor in JUPYTER_ALLOWED_HOSTS',
    { requests: 'server' },
  ),
  HTTP_NOT_ALLOWED: refused(
    403,
    'Plain http would send the token unencrypted over a public network',
    {
      requests: 'server',
    },
  ),
  SERVER_UNREACHABLE: temporary(503, 'The server does not answer, or only with 429 or 5xx', {
    requests: 'server',
    callRepeated: true,
    diagnosed: true,
    pageAdvice:
      'If it continues, ask the person who set up the Jupyter Server whether it is running.',
  }),
  SERVER_NOT_FOUND: permanent(
    502,
    'No host has this name, or nothing listens at this port of the machine itself',
    {
      requests: 'server',
      diagnosed: true,
      pageAdvice:
        'Ask the person who set up the Jupyter Server whether it is running, and under which name.',
    },
  ),
  SERVER_NOT_JUPYTER: permanent(
    502,
    'Something answers at this address, but it is not a Jupyter Server',
    { requests: 'server', diagnosed: true },
  ),
  TLS_FAILED: permanent(502, 'The server does not speak https, or its certificate is not trusted', {
    requests: 'server',
    diagnosed: true,
  }),
  TOKEN_REFUSED: permanent(502, 'The Jupyter Server refuses the token', {
    requests: 'server',
    diagnosed: true,
    pageAdvice: 'The person who set up this service has to give it the right JUPYTER_TOKEN.',
  }),
  IAM_REFUSED: permanent(
    502,
    'Google Cloud refuses the request, or refuses to issue an ID token for it',
    {
      requests: 'server',
      neverSent: true,
      diagnosed: true,
    },
  ),
  IAM_UNREACHABLE: temporary(503, 'Google Cloud issues no ID token at the moment', {
    requests: 'server',
    callRepeated: true,
    neverSent: true,
    diagnosed: true,
  }),
  SOURCE_NOT_ALLOWED: refused(
    403,
    'NBTRIGGER_SOURCES does not allow the notebook to come from there, or its host is private',
    { requests: 'server', quotesNames: true },
  ),
  SOURCE_REFUSED: permanent(502, 'What holds the notebook refuses to give it', {
    requests: 'notebook',
    quotesNames: true,
  }),
  SOURCE_UNREACHABLE: temporary(
    503,
    'What holds the notebook does not answer, or only with 429 or 5xx',
    { requests: 'notebook', quotesNames: true },
  ),
  NOTEBOOK_NOT_FOUND: permanent(404, 'There is no notebook at this path or address', {
    requests: 'server',
    diagnosed: true,
    pageAdvice: 'Choose another one: it may have been moved or renamed.',
    quotesNames: true,
    aboutNotebook: true,
  }),
  NOTEBOOK_INVALID: permanent(422, 'The file at this path cannot be read as a notebook', {
    requests: 'notebook',
    diagnosed: true,
    aboutNotebook: true,
  }),
  HUB_START_FAILED: permanent(502, 'JupyterHub did not start the server', {
    pageAdvice: 'Ask the person who set up JupyterHub, and quote the message.',
  }),
  HUB_FORBIDDEN: permanent(502, 'JupyterHub does not let this token start or stop the server'),
  KERNEL_NOT_FOUND: permanent(502, 'The server has no kernel or kernelspec of this name or id', {
    diagnosed: true,
    pageAdvice: 'Name another kernel (Options), or leave the field empty.',
    quotesNames: true,
  }),
  KERNEL_START_FAILED: permanent(502, 'The kernel was requested but never answered', {
    diagnosed: true,
  }),
  KERNEL_DIED: permanent(502, 'The kernel process ended during the run', {
    pageAdvice: 'Often there was not enough memory: give the server more, or load less data.',
  }),
  KERNEL_GONE: permanent(502, 'The kernel was deleted, culled or shut down during the run'),
  CONNECTION_LOST: temporary(
    503,
    'The connection to the kernel was lost and could not be restored',
  ),
  CELL_TOO_LARGE: permanent(502, 'A cell is larger than the server accepts in one message'),
  OUTPUT_TOO_LARGE: permanent(502, 'One output is larger than nbtrigger accepts in one message'),
  OUTPUT_NOT_SAVED: permanent(502, 'The executed notebook could not be saved to its destination', {
    afterNotebook: true,
  }),
  CELL_TIMED_OUT: permanent(504, 'A cell took longer than its limit', {
    outcome: 'timed_out',
    pageAdvice: 'Give the cell more time (Options), or make it faster.',
  }),
  RUN_TIMED_OUT: permanent(504, 'The run took longer than its limit', {
    outcome: 'timed_out',
    pageAdvice: 'Give the run more time (Options), or make the notebook faster.',
  }),
  CELL_FAILED: permanent(422, 'A cell raised an error', {
    exitStatus: 1,
    outcome: 'failed',
    pageAdvice:
      'Correct the cell, or let the run continue after a failing cell (Options), and run it again.',
  }),
  CANCELLED: permanent(503, 'The run was stopped', {
    requests: 'server',
    exitStatus: 130,
    outcome: 'cancelled',
  }),
  INSTANCE_STOPPED: temporary(503, 'The platform stopped the instance of the run', {
    requests: 'server',
    outcome: 'cancelled',
  }),
  SUSPENDED: permanent(503, 'The process was ended, and another one can go on with the run', {
    requests: null,
    exitStatus: 130,
    outcome: 'cancelled',
    leavesRun: true,
  }),
  TAKEN_OVER: permanent(503, 'Another process goes on with the run', {
    requests: null,
    leavesRun: true,
  }),
  CHECKPOINT_FAILED: permanent(
    502,
    'The checkpoint of a resumable run could not be read or written',
    { requests: null },
  ),
  MESSAGE_TOO_OLD: permanent(400, 'The message is older than NBTRIGGER_MAX_AGE', {
    requests: null,
  }),
  JOB_REFUSED: permanent(502, 'There is no job for a run that needs one, or it cannot be started', {
    requests: null,
  }),
  JOB_UNREACHABLE: temporary(503, 'Cloud Run does not start the job at the moment', {
    requests: null,
  }),
  CLAIM_FAILED: permanent(502, 'The job could not write down that it runs the message', {
    requests: null,
  }),
  KEY_REFUSED: httpRefused(401, 'Missing or invalid API key (NBTRIGGER_HTTP_KEY)', {
    requests: 'any',
  }),
  HOST_HEADER_REFUSED: httpRefused(
    421,
    'The host in the request is not served without an API key',
    { requests: 'any' },
  ),
  ORIGIN_REFUSED: httpRefused(403, 'The request comes from a web page of another site', {
    requests: 'any',
  }),
  ROUTE_NOT_FOUND: httpRefused(404, 'The HTTP service has nothing at this path', {
    requests: null,
  }),
  RUN_NOT_FOUND: httpRefused(
    404,
    'No such run is under way in this instance of the HTTP service, or kept in the history',
    {
      requests: null,
    },
  ),
  HISTORY_UNAVAILABLE: httpRefused(502, 'The history of runs (NBTRIGGER_RUNS) cannot be read', {
    requests: null,
  }),
  METHOD_NOT_ALLOWED: httpRefused(405, 'The path does not support this method', { requests: null }),
  NOT_ACCEPTABLE: httpRefused(406, 'The result has none of the types in `Accept`'),
  BODY_TOO_SLOW: httpRefused(408, 'The body of the request did not arrive within 10 s'),
  BODY_TOO_LARGE: httpRefused(413, 'The body of the request is larger than 1 MiB'),
  BODY_TYPE_UNKNOWN: httpRefused(415, 'The body of the request is neither JSON nor plain text'),
  BUSY: httpRefused(
    429,
    'The instance is busy: with runs (NBTRIGGER_MAX_RUNS), or with answers that nobody reads',
    { requests: 'server' },
  ),
  INTERNAL: permanent(500, 'A bug in nbtrigger: please report it', { requests: 'any' }),
} as const satisfies Readonly<Record<string, ErrorCodeEntry>>

export type ErrorCode = keyof typeof errorCodes

/** Whether it is one of this version: what was stored may have the code of another one. */
export function isErrorCode(code: string | null): code is ErrorCode {
  return code !== null && Object.hasOwn(errorCodes, code)
}

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
export type ErrorFactory = (reason: string, options?: RunErrorOptions) => RunError

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

/** The error for arguments, variables or fields of a request that cannot be used. */
export function invalidArguments(what: string, options: RunErrorOptions = {}): RunError {
  return new RunError('ARGUMENTS_INVALID', what, options)
}

/** With which status a process ends after it: 0 without an error. */
export function exitStatusOf(error: { readonly code: ErrorCode } | undefined): number {
  return error === undefined ? 0 : errorCodes[error.code].exitStatus
}

/** Whether a call of the server that threw `error` may go well a moment later. */
export function isTemporary(error: unknown): boolean {
  return errorCodes[asRunError(error).code].callRepeated === true
}

/** Whether the process that gets `error` has to leave the run, and all that belongs to it, to another. */
export function leavesRun({ code }: { readonly code: ErrorCode }): boolean {
  return errorCodes[code].leavesRun === true
}

/** What `read` returns, or the RunError that it throws. */
export function attempt<Value>(read: () => Value): Value | RunError {
  try {
    return read()
  } catch (error) {
    return asRunError(error)
  }
}

/** The RunError that `error` is, or one of code INTERNAL around it. */
export function asRunError(error: unknown): RunError {
  if (error instanceof RunError) return error
  return new RunError('INTERNAL', `Cannot go on: ${messageOf(error)}`, { cause: error })
}

/** The message of what was thrown, which need not be an Error of this realm, nor an Error. */
export function messageOf(thrown: unknown): string {
  const hasMessage = typeof thrown === 'object' && thrown !== null && 'message' in thrown
  return String(hasMessage ? thrown.message : thrown)
}

type Details = Partial<Omit<ErrorCodeEntry, 'meaning' | 'httpStatus'>>

/** The input is refused before anything is called. */
function refused(httpStatus: number, meaning: string, details: Details = {}): ErrorCodeEntry {
  return permanent(httpStatus, meaning, { exitStatus: 2, ...details })
}

/** The same run may go well a little later. */
function temporary(httpStatus: number, meaning: string, details: Details = {}): ErrorCodeEntry {
  return permanent(httpStatus, meaning, { redelivered: true, ...details })
}

function permanent(httpStatus: number, meaning: string, details: Details = {}): ErrorCodeEntry {
  const defaults = { redelivered: false, exitStatus: 3, outcome: 'error', requests: 'run' } as const
  return { meaning, httpStatus, ...defaults, ...details }
}

/** The HTTP service answers without a run, or beside it. */
function httpRefused(httpStatus: number, meaning: string, details: Details = {}): ErrorCodeEntry {
  return refused(httpStatus, meaning, { httpOnly: true, ...details })
}
