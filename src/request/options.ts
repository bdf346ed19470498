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
  readonly type: keyof OptionValues
  /** One letter. */
  readonly alias?: string
  /** Other names, as papermill has them. */
  readonly synonyms?: readonly string[]
  /** Refused unless a person typed it on a command line. */
  readonly commandOnly?: true
}

/** An event-driven function is ended after 540 s, and 30 s are kept to clean up. */
export const functionSeconds = 510
/** A request is ended after 3600 s. */
export const httpSeconds = 3570
/** How many runs one process of the HTTP function does at once: each holds a kernel and its output. */
export const runsAtOnce = 10
export const startSeconds = 75
export const outputMegabytes = 32
/** Later than that, an hourly schedule has sent another message. */
export const messageSeconds = 3600

export const positionals = {
  host: {
    argument: 'HOST[:PORT]',
    variable: 'JUPYTER_SERVER',
    default: 'required',
    meaning: 'the Jupyter Server',
  },
  notebook: {
    argument: '/PATH.ipynb',
    variable: 'JUPYTER_NOTEBOOK',
    default: 'required',
    meaning: "the notebook, a path from the server's root folder; the leading slash is optional",
  },
} as const satisfies Record<string, Row>

const table = [
  { name: 'use-https', type: 'flag', default: 'off', meaning: 'https and wss' },
  {
    name: 'verbose',
    type: 'flag',
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
    name: 'parameter',
    type: 'pairs',
    argument: 'NAME VALUE',
    alias: 'p',
    synonyms: ['parameters'],
    meaning:
      'set a parameter to a number, `True`, `False` or `None` if it looks like one, else text',
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
    meaning: 'set the parameters that YAML or JSON names',
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
    meaning: 'the same, in a file',
    commandOnly: true,
  },
  {
    name: 'secret',
    type: 'pairs',
    argument: 'NAME ENV_VARIABLE',
    meaning:
      'set NAME in the kernel to what this variable holds, which is stored and shown nowhere',
  },
  {
    name: 'kernel',
    type: 'text',
    argument: 'NAME',
    alias: 'k',
    default: "the notebook's",
    meaning: 'kernel to start',
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
    meaning: 'leave the kernel idle for later, and say its id',
  },
  {
    name: 'timeout',
    type: 'number',
    argument: 'SECONDS',
    variable: 'NBTRIGGER_TIMEOUT',
    default: `function ${functionSeconds} at most, HTTP ${httpSeconds} at most, command none`,
    meaning: 'the whole run; to end it in good order may take up to 25 s more',
  },
  {
    name: 'cell-timeout',
    type: 'number',
    argument: 'SECONDS',
    default: 'none',
    meaning: 'one cell',
  },
  {
    name: 'start-timeout',
    type: 'number',
    argument: 'SECONDS',
    default: String(startSeconds),
    meaning: 'server awake and kernel answering',
  },
  { name: 'allow-errors', type: 'flag', default: 'off', meaning: 'go on after a failing cell' },
  {
    name: 'output',
    type: 'texts',
    alias: 'o',
    argument: 'DEST',
    variable: 'NBTRIGGER_OUTPUT',
    default: 'none',
    meaning:
      'where the executed notebook goes: `/path` Jupyter contents, `gs://bucket/object` Cloud Storage, `file:PATH` local file (command only); `.html` gives a page',
  },
  {
    name: 'max-output',
    type: 'number',
    argument: 'MB',
    default: String(outputMegabytes),
    meaning: 'how much output of one cell is kept; all cells together may have four times that',
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
  { name: 'help', type: 'flag', meaning: 'print this help', commandOnly: true },
  { name: 'version', type: 'flag', meaning: 'print the version', commandOnly: true },
] as const satisfies readonly Option<string>[]

export type OptionName = (typeof table)[number]['name']

/** The table as it is written, for the types that are made of it. */
export type OptionTable = typeof table

/** Every option: what is parsed, what `--help` prints and what the documentation's table holds. */
export const options: readonly Option[] = table

export function isRepeatable({ type }: Option): boolean {
  return type === 'texts' || type === 'pairs'
}

/** Secrets and policy: what no message and no command line can set. */
export const variables: Readonly<Record<string, Row>> = {
  JUPYTER_TOKEN: { default: 'required', meaning: 'the Jupyter token' },
  JUPYTER_ALLOWED_HOSTS: {
    default: 'function none, command any',
    meaning:
      'hosts that may be called besides JUPYTER_SERVER: `host[:port]`, commas between, `*` for any',
  },
  NBTRIGGER_AUTH: {
    default: 'auto',
    meaning:
      'whether a Google ID token goes along: `auto` on Google Cloud to `*.run.app`, `iam`, `none`',
  },
  NBTRIGGER_MAX_AGE: {
    default: String(messageSeconds),
    meaning: 'seconds after which a message is too old for the function to run it',
  },
  NBTRIGGER_RESULT_TOPIC: {
    default: 'none',
    meaning:
      'the Pub/Sub topic to which every report is published: `NAME` or `projects/PROJECT/topics/NAME`',
  },
  NBTRIGGER_NEXT: {
    default: 'none',
    meaning: 'what the function runs when its message is the report of a run that succeeded',
  },
  NBTRIGGER_AFTER: {
    default: 'any',
    meaning: 'the notebook whose report has the function run NBTRIGGER_NEXT',
  },
  NBTRIGGER_ALLOW_HTTP: {
    default: 'off',
    meaning:
      '`1` lets the function send the token over plain http to public hosts, never to `*.run.app`',
  },
  NBTRIGGER_HTTP_KEY: {
    default: 'none',
    meaning:
      'who calls the HTTP function must send `Authorization: Bearer KEY`; at least 16 characters',
  },
  NBTRIGGER_HTTP_HOSTS: {
    default: 'none',
    meaning:
      'hosts under which the HTTP function answers without a key, besides loopback, `*.run.app` and `*.cloudfunctions.net`: names with commas between, `*` for any',
  },
  NBTRIGGER_HTTP_PAGE: {
    default: 'off',
    meaning: '`1` lets the HTTP function show its page at `/`, from which people run notebooks',
  },
  NBTRIGGER_MAX_RUNS: {
    default: String(runsAtOnce),
    meaning: 'how many runs one instance of the HTTP function does at once; more are refused (429)',
  },
}
