/** One row of `--help` and of the documentation's tables. */
export interface Row {
  /** What stands after the flag, one word a value; without it the flag stands alone. */
  readonly argument?: string
  readonly variable?: string
  readonly default?: string
  readonly meaning: string
}

/** The value that each type of option has once it was parsed; null and empty where it is not given. */
export interface OptionValues {
  readonly flag: boolean
  readonly text: string | null
  /** Text on a command line, a number in JSON; `limits.ts` checks both and the variable alike. */
  readonly number: string | number | null
  readonly texts: readonly string[]
  readonly pairs: readonly Pair[]
}

export type Pair = readonly [name: string, value: string]

/** An option; one of type `texts` or `pairs` may be given several times. */
export interface Option<Name extends string = OptionName> extends Row {
  /** The flag without its dashes. */
  readonly name: Name
  /** The value when the flag stands without one, which it may. */
  readonly implied?: string
  readonly type: keyof OptionValues
  /** One letter. */
  readonly alias?: string
  /** Other names, as papermill has them. */
  readonly synonyms?: readonly string[]
  /** Refused unless a person typed it on a command line. */
  readonly commandOnly?: true
  /** Refused unless it stands in a message. */
  readonly messageOnly?: true
  /** Refused in a request to the HTTP service. */
  readonly notHttp?: true
}

/** An event-driven function is ended after 540 s, and 30 s are kept to clean up. */
export const functionSeconds = 510
/** A request is ended after 3600 s. */
export const httpSeconds = 3570
/** Of a task of a job, which Cloud Run ends after NBTRIGGER_TASK_TIMEOUT, to clean up. */
export const taskReserveSeconds = 30
/** How many runs one process of the HTTP service performs at a time: each holds a kernel and its output. */
export const runsAtOnce = 10
/** How many runs of a sweep go at the same time: one Jupyter Server holds few kernels. */
export const setsAtOnce = 2
/** Among how many tasks of the job a sweep is divided: each has a machine of its own. */
export const sweepTasks = 10
export const startSeconds = 75
/** Cloud Run cuts a request, and so a WebSocket, after 3600 s. */
export const socketSeconds = 3000
/** How many warm kernels there are, and how long one is kept: shorter than idle kernels are culled after. */
export const warmKernels = 8
export const warmSeconds = 600
/** JupyterHub may have to start a machine first. */
export const hubStartSeconds = 300
/** For a server on this machine, which is there or is just being started. */
export const loopbackSeconds = 5
export const outputMegabytes = 32
/** As papermill. */
export const autosaveSeconds = 30
/** Later than that, an hourly schedule has sent another message. */
export const messageSeconds = 3600
/** What the history of runs keeps. */
export const historyDays = 90
export const historyRuns = 10_000

export const positionals = {
  host: {
    argument: 'HOST[:PORT]',
    variable: 'JUPYTER_SERVER',
    default: 'the one that runs on this machine; required elsewhere than in the command',
    meaning: 'the Jupyter Server; the command also takes its address from a browser',
  },
  notebook: {
    argument: '/PATH.ipynb',
    variable: 'JUPYTER_NOTEBOOK',
    default: 'required',
    meaning:
      "the notebook, a path from the server's root folder, whose leading slash is optional; `gs://bucket/object`, or `https://…`; the command also takes `file:PATH`, `./PATH` and `-` (standard input)",
  },
} as const satisfies Record<string, Row>

const table = [
  { name: 'use-https', type: 'flag', default: 'off', meaning: 'use https and wss' },
  {
    name: 'verbose',
    type: 'flag',
    synonyms: ['log-output'],
    default: 'off',
    meaning: "log every cell's start, outputs and end",
  },
  {
    name: 'base-url',
    type: 'text',
    argument: 'PREFIX',
    variable: 'JUPYTER_BASE_URL',
    default: '/',
    meaning: "the server's base URL (JupyterHub: `/user/NAME/`)",
  },
  {
    name: 'hub',
    type: 'text',
    argument: '[USER[/SERVER]]',
    implied: '.',
    meaning:
      "start a server on JupyterHub, whose address is `HOST`, and stop it at the end; `.` or nothing is the token's own user",
  },
  {
    name: 'hub-options',
    type: 'text',
    argument: 'JSON',
    default: 'none',
    meaning: 'the options of JupyterHub\'s spawner: `{"profile": "large"}`',
  },
  {
    name: 'parameter',
    type: 'pairs',
    argument: 'NAME VALUE',
    alias: 'p',
    synonyms: ['parameters'],
    meaning:
      'set a parameter to a number, `True`, `False` or `None` if the value looks like one, else to text',
  },
  {
    name: 'raw',
    type: 'pairs',
    argument: 'NAME VALUE',
    alias: 'r',
    synonyms: ['parameters_raw'],
    meaning: 'set a parameter to text, whatever it looks like',
  },
  {
    name: 'yaml',
    type: 'texts',
    argument: 'TEXT',
    alias: 'y',
    synonyms: ['parameters_yaml'],
    meaning: 'set all parameters in this YAML or JSON',
  },
  {
    name: 'base64',
    type: 'texts',
    argument: 'TEXT',
    alias: 'b',
    synonyms: ['parameters_base64'],
    meaning: 'the same, encoded in base64',
  },
  {
    name: 'file',
    type: 'texts',
    argument: 'PATH',
    alias: 'f',
    synonyms: ['parameters_file'],
    meaning: 'the same, from a file',
    commandOnly: true,
  },
  {
    name: 'inject-input-path',
    type: 'flag',
    default: 'off',
    meaning: "set the parameter PAPERMILL_INPUT_PATH to the notebook's address",
  },
  {
    name: 'inject-output-path',
    type: 'flag',
    default: 'off',
    meaning: 'set the parameter PAPERMILL_OUTPUT_PATH to the address of the first output',
  },
  { name: 'inject-paths', type: 'flag', default: 'off', meaning: 'set both' },
  {
    name: 'secret',
    type: 'pairs',
    argument: 'NAME ENV_VARIABLE',
    meaning:
      'set NAME in the kernel to the value of this environment variable, which is never stored or shown',
  },
  {
    name: 'kernel',
    type: 'text',
    argument: 'NAME',
    alias: 'k',
    default: "the notebook's",
    meaning: 'the kernel to start',
  },
  {
    name: 'kernel-env',
    type: 'texts',
    argument: 'NAME=VALUE',
    meaning:
      "set a variable of the kernel's environment, on a Kernel Gateway or an Enterprise Gateway",
  },
  {
    name: 'language',
    type: 'text',
    argument: 'NAME',
    alias: 'l',
    default: "the kernel's",
    meaning:
      'the language in which parameters are written, where the name of the kernel tells none',
  },
  {
    name: 'kernel-id',
    type: 'text',
    argument: 'ID',
    meaning: 'run in this kernel that already exists, and leave it running',
  },
  {
    name: 'keep-kernel',
    type: 'flag',
    default: 'off',
    meaning: 'leave the kernel running for later, and print its id',
  },
  {
    name: 'cwd',
    type: 'text',
    argument: 'FOLDER',
    default: "the notebook's folder; the root folder for a notebook from elsewhere",
    meaning: "the folder in which the kernel works, a path from the server's root folder",
  },
  {
    name: 'timeout',
    type: 'number',
    argument: 'SECONDS',
    variable: 'NBTRIGGER_TIMEOUT',
    default: `function ${functionSeconds} at most, HTTP ${httpSeconds} at most, job and command none`,
    meaning: 'limit for the whole run; ending it in an orderly way may take up to 25 s more',
  },
  {
    name: 'cell-timeout',
    type: 'number',
    synonyms: ['execution-timeout'],
    argument: 'SECONDS',
    default: 'none',
    meaning: 'limit for each cell',
  },
  {
    name: 'start-timeout',
    type: 'number',
    synonyms: ['start_timeout'],
    argument: 'SECONDS',
    default: `${startSeconds}, with \`--hub\` ${hubStartSeconds}`,
    meaning: 'limit until the server is awake and the kernel answers',
  },
  {
    name: 'socket-lifetime',
    type: 'number',
    argument: 'SECONDS',
    default: `${socketSeconds} to \`*.run.app\`, else none`,
    meaning:
      'age at which the WebSocket to the kernel is replaced by a new one, before the platform cuts it; 0 for never',
  },
  {
    name: 'job',
    type: 'flag',
    default: 'off',
    meaning:
      'have the job of Cloud Run run the notebook (NBTRIGGER_JOB), which may take days; a message with a longer time limit than that of the function goes there too',
    messageOnly: true,
  },
  { name: 'allow-errors', type: 'flag', default: 'off', meaning: 'continue after a failing cell' },
  {
    name: 'output',
    type: 'texts',
    alias: 'o',
    argument: 'DEST',
    variable: 'NBTRIGGER_OUTPUT',
    default: 'none',
    meaning:
      'where to save the executed notebook: `/path` Jupyter contents, `gs://bucket/object` Cloud Storage, `file:PATH` or `./PATH` local file, `-` standard output (command only); `.html` saves a page',
  },
  {
    name: 'autosave-cell-every',
    type: 'number',
    argument: 'SECONDS',
    default: String(autosaveSeconds),
    meaning: 'how often outputs ending in `.ipynb` are saved while the notebook runs; 0 for never',
  },
  {
    name: 'prepare-only',
    type: 'flag',
    default: 'off',
    meaning: 'save the notebook with its parameters, and run nothing',
  },
  {
    name: 'report-mode',
    type: 'flag',
    default: 'off',
    meaning: 'mark all code of the saved notebook as hidden',
  },
  {
    name: 'in-place',
    type: 'flag',
    default: 'off',
    meaning: 'let `--output` write over the notebook that is run',
  },
  {
    name: 'max-output',
    type: 'number',
    argument: 'MB',
    default: String(outputMegabytes),
    meaning: 'how much output of one cell is kept; all cells together may have four times as much',
  },
  {
    name: 'no-input',
    type: 'flag',
    default: 'off',
    meaning: 'leave the code out of the page that is saved or answered as HTML',
  },
  {
    name: 'no-warm',
    type: 'flag',
    default: 'off',
    meaning: 'start a kernel even if the HTTP service has a warm one for this notebook',
  },
  {
    name: 'each',
    type: 'text',
    argument: 'SETS',
    meaning:
      'run once for each set of parameters, in YAML: `{region: [eu, us], day: 2026-01-01..2026-01-31}` for all combinations, or a list of maps; those of a message are run by the job',
    notHttp: true,
  },
  {
    name: 'each-file',
    type: 'text',
    argument: 'PATH',
    meaning: 'the same, from a file',
    commandOnly: true,
  },
  {
    name: 'parallel',
    type: 'number',
    argument: 'N',
    default: `${setsAtOnce}, in a task of the job 1`,
    meaning: 'how many of these runs go at the same time',
    notHttp: true,
  },
  {
    name: 'tasks',
    type: 'number',
    argument: 'N',
    default: `one for each set, up to ${sweepTasks}`,
    meaning: 'among how many tasks of the job the sets are divided, which run side by side',
    messageOnly: true,
  },
  {
    name: 'max-failures',
    type: 'number',
    argument: 'N',
    default: 'none',
    meaning: 'start no more of these runs when so many have not succeeded',
    notHttp: true,
  },
  {
    name: 'only-failed',
    type: 'text',
    argument: 'RUN_ID',
    meaning:
      'run only the sets that did not succeed in an earlier call with the same sets, by its id in the history',
    notHttp: true,
  },
  {
    name: 'resumable',
    type: 'flag',
    default: 'off',
    meaning:
      'write down how far the run is, and leave its kernel when this process dies, so that `--resume` can go on with it',
    commandOnly: true,
  },
  {
    name: 'resume',
    type: 'text',
    argument: 'RUN_ID',
    meaning: 'go on with a run whose process has died, with its own options',
    commandOnly: true,
  },
  {
    name: 'json',
    type: 'flag',
    default: 'off',
    meaning: 'print the whole report as one JSON object',
    commandOnly: true,
  },
  {
    name: 'help-notebook',
    type: 'flag',
    meaning: 'print the parameters that the notebook takes, and run nothing',
    commandOnly: true,
  },
  {
    name: 'quiet',
    type: 'flag',
    alias: 'q',
    default: 'off',
    meaning: 'print the result alone, and why there is none',
    commandOnly: true,
  },
  {
    name: 'stdout-file',
    type: 'text',
    argument: 'PATH',
    meaning: 'also write what cells print to this file, as it comes',
    commandOnly: true,
  },
  {
    name: 'stderr-file',
    type: 'text',
    argument: 'PATH',
    meaning: 'the same for what they print to standard error',
    commandOnly: true,
  },
  {
    name: 'no-progress-bar',
    type: 'flag',
    default: 'off',
    meaning: 'show no progress: only warnings and the end',
    commandOnly: true,
  },
  {
    name: 'no-color',
    type: 'flag',
    meaning: 'accepted for scripts, as NO_COLOR is: nothing is printed in colour anyway',
    commandOnly: true,
  },
  { name: 'help', type: 'flag', alias: 'h', meaning: 'print this help', commandOnly: true },
  { name: 'version', type: 'flag', alias: 'V', meaning: 'print the version', commandOnly: true },
] as const satisfies readonly Option<string>[]

export type OptionName = (typeof table)[number]['name']

/** The table as it is written, for the types that are made of it. */
export type OptionTable = typeof table

/** Every option: what is parsed, what `--help` prints and what the documentation's table holds. */
export const allOptions: readonly Option[] = table

export function isRepeatable({ type }: Option): boolean {
  return type === 'texts' || type === 'pairs'
}

/** Secrets and policy: what no message and no command line can set. */
export const variables: Readonly<Record<string, Row>> = {
  JUPYTER_TOKEN: { default: 'required', meaning: 'the Jupyter token' },
  JUPYTER_ALLOWED_HOSTS: {
    default: 'function none, command any',
    meaning:
      'hosts that may be called besides JUPYTER_SERVER: `host[:port]`, separated by commas, `*` for any',
  },
  JUPYTER_STORAGE: {
    default: 'persistent',
    meaning:
      '`temporary`: the files of JUPYTER_SERVER are lost when its instance ends, and a run that saves its notebook there gets a warning',
  },
  NBTRIGGER_AUTH: {
    default: 'auto',
    meaning:
      'when to send a Google ID token: `auto` (on Google Cloud, to `*.run.app`), `iam` (always), `none`',
  },
  NBTRIGGER_MAX_AGE: {
    default: String(messageSeconds),
    meaning: 'age in seconds beyond which the function does not run a message',
  },
  NBTRIGGER_RESULT_TOPIC: {
    default: 'none',
    meaning:
      'the Pub/Sub topic to which every report is published: `NAME` or `projects/PROJECT/topics/NAME`',
  },
  NBTRIGGER_RUNS: {
    default: 'none',
    meaning:
      'where the history of runs is kept: `gs://bucket/prefix`, `/folder` on JUPYTER_SERVER, or `file:FOLDER`',
  },
  NBTRIGGER_RUNS_MAX_DAYS: {
    default: String(historyDays),
    meaning: 'age in days beyond which runs are removed from the history',
  },
  NBTRIGGER_RUNS_MAX_COUNT: {
    default: String(historyRuns),
    meaning: 'how many runs the history keeps; the oldest are removed',
  },
  NBTRIGGER_NEXT: {
    default: 'none',
    meaning:
      'arguments of the run that the function starts when its message is the report of a successful run',
  },
  NBTRIGGER_AFTER: {
    default: 'any',
    meaning: 'the notebook after whose runs the function runs NBTRIGGER_NEXT',
  },
  NBTRIGGER_SOURCES: {
    default: 'function none, command any',
    meaning:
      'from where notebooks may come besides the Jupyter Server: beginnings of addresses such as `gs://bucket/reports/`, separated by commas, `NAME=` before one gives it a name for paths of the HTTP service; `notebookContent` lets HTTP requests bring theirs',
  },
  GITHUB_TOKEN: {
    default: 'none',
    meaning:
      'read notebooks of private repositories at GitHub with it; sent to api.github.com alone',
  },
  NBTRIGGER_JOB: {
    default: 'none',
    meaning:
      'the job of Cloud Run to which the function hands long runs over: `projects/PROJECT/locations/REGION/jobs/NAME`',
  },
  NBTRIGGER_JOB_NOTEBOOKS: {
    default: 'none',
    meaning: 'the notebooks that always run there: paths, separated by commas',
  },
  NBTRIGGER_TASK_TIMEOUT: {
    default: 'none',
    meaning: `how many seconds Cloud Run lets a task of the job run; a run ends ${taskReserveSeconds} s before`,
  },
  NBTRIGGER_TASK_RETRIES: {
    default: '0',
    meaning:
      'how often Cloud Run starts a task of the job again that has failed, as the job says; with it, an attempt goes on with the run of the one before',
  },
  NBTRIGGER_CLAIMS: {
    default: 'none',
    meaning:
      'where the job writes down which messages it has run, so that one that is delivered twice runs once: `gs://bucket/prefix`',
  },
  NBTRIGGER_CHECKPOINTS: {
    default: 'nbtrigger/runs in the state folder of the user',
    meaning:
      'where the checkpoints of runs are kept that another process can go on with: a folder, or `gs://bucket/prefix`, which a job with NBTRIGGER_TASK_RETRIES needs',
  },
  NBTRIGGER_SIDECAR: {
    default: 'off',
    meaning:
      '`1`: the Jupyter Server runs beside the job in its task, and is told to end after the run',
  },
  NBTRIGGER_ALLOW_HTTP: {
    default: 'off',
    meaning:
      '`1` allows the function to send the token over plain http to public hosts, never to `*.run.app`',
  },
  NBTRIGGER_HTTP_KEY: {
    default: 'none',
    meaning:
      'callers of the HTTP service must send `Authorization: Bearer KEY`; at least 16 characters',
  },
  NBTRIGGER_HTTP_HOSTS: {
    default: 'none',
    meaning:
      'hosts under which the HTTP service answers without a key, besides loopback, `*.run.app` and `*.cloudfunctions.net`: names separated by commas, `*` for any',
  },
  NBTRIGGER_HTTP_PAGE: {
    default: 'off',
    meaning: '`1` makes the HTTP service show a page at `/` on which people run notebooks',
  },
  NBTRIGGER_WARM: {
    default: 'none',
    meaning:
      'notebooks for which the HTTP service keeps kernels whose setup has run: `/PATH.ipynb=N`, separated by commas',
  },
  NBTRIGGER_WARM_MAX: {
    default: String(warmKernels),
    meaning:
      'how many warm kernels an instance of the HTTP service keeps for all notebooks together',
  },
  NBTRIGGER_WARM_MAX_AGE: {
    default: String(warmSeconds),
    meaning: 'age in seconds beyond which a warm kernel is deleted',
  },
  NBTRIGGER_MAX_RUNS: {
    default: String(runsAtOnce),
    meaning:
      'how many runs an instance of the HTTP service performs at a time; more are refused (429)',
  },
}
