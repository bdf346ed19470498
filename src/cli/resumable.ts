import { hostname } from 'node:os'
import type { Owner, StoredInput } from '../checkpoint/checkpoint.ts'
import {
  type FoundCheckpoint,
  findCheckpoint,
  RunCheckpoint,
} from '../checkpoint/run_checkpoint.ts'
import { openCheckpoint } from '../checkpoint/settings.ts'
import type { CheckpointStore } from '../checkpoint/store.ts'
import { invalidArguments, RunError } from '../errors.ts'
import { holdsSecret, type Redactor } from '../redaction/redactor.ts'
import { parseArgv } from '../request/argv.ts'
import { type Env, variableOf } from '../request/env.ts'
import { allOptions, positionals } from '../request/options.ts'
import { type ReadFile, readParameterFile } from '../request/parameters.ts'
import { givenOptions, noOptions, type RunOptions } from '../request/run_options.ts'
import { splitWords } from '../request/shell_words.ts'
import { messageHoldsSecret, messageText } from '../run/command_line.ts'
import { neverAborts } from '../util/abort.ts'
import type { Machine } from './local_servers.ts'

/** The process of the command. */
export type CommandProcess = Pick<NodeJS.Process, 'pid'>

export interface ResumableRun {
  readonly options: RunOptions
  readonly env: Env
  readonly folder: string | null
  readonly readFile: ReadFile
  readonly redactor: Redactor
  readonly runId: string
}

/** The checkpoint of a new run that is resumable; throws ARGUMENTS_INVALID where it cannot be. */
export function createCheckpoint(
  run: ResumableRun,
  { home }: Pick<Machine, 'home'>,
  process: CommandProcess,
): RunCheckpoint {
  const { env, folder, runId } = run
  const store = openCheckpoint({ env, home, folder }, runId)
  const input = storedInput(run)
  const owner = ownerOf(process)
  return new RunCheckpoint({ store, runId, messageId: null, owner, input, found: null })
}

/** A run that another process has left, with the input that it was given. */
export interface LeftRun {
  readonly options: RunOptions
  readonly env: Env
  readonly folder: string | null
  readonly store: CheckpointStore
  readonly found: FoundCheckpoint
}

/**
 * Finds the run of `--resume`. Throws ARGUMENTS_INVALID where there is none, TAKEN_OVER where another
 * process of this machine still performs it, and CHECKPOINT_FAILED.
 */
export async function findLeftRun(
  given: RunOptions,
  machine: Machine,
  process: CommandProcess,
): Promise<LeftRun> {
  refuseOthers(given)
  const runId = given.resume ?? ''
  const store = openCheckpoint(machine, runId)
  const found = await findCheckpoint(store, neverAborts)
  const input = found?.checkpoint.input ?? null
  if (found === null || input === null) throw notFound(runId, store)
  refuseRunning(found, machine, process)
  const { env, folder } = input
  const others = Object.entries(machine.env).filter(([name]) => !inputVariables.has(name))
  const options = shownAs(parseArgv(splitWords(input.words)), given)
  return { options, env: { ...Object.fromEntries(others), ...env }, folder, store, found }
}

export function resumedCheckpoint(
  { store, found }: LeftRun,
  { cancels }: { readonly cancels: boolean },
  process: CommandProcess,
): RunCheckpoint {
  const { runId, messageId, input } = found.checkpoint
  const owner = ownerOf(process)
  return new RunCheckpoint({ store, runId, messageId, owner, input, found, cancels })
}

function ownerOf({ pid }: CommandProcess): Owner {
  const host = hostname()
  return { host, pid, name: `process ${pid} on ${host}` }
}

/** The variables that stand for options. */
const inputVariables: ReadonlySet<string> = new Set(
  [...Object.values(positionals), ...allOptions].flatMap((row) => {
    return 'variable' in row && row.variable !== undefined ? [row.variable] : []
  }),
)

/** The files of parameters are read now: they may be others when the run goes on. */
function storedInput({ options, env, folder, readFile, redactor }: ResumableRun): StoredInput {
  const yaml = [...options.file.map((path) => readParameterFile(path, readFile)), ...options.yaml]
  const words = messageText(shownAs({ ...options, file: [], yaml }, noOptions))
  const given = [...inputVariables].flatMap((name) => {
    const value = variableOf(env, name)
    return value === null ? [] : [[name, value] as const]
  })
  const others = [folder ?? '', ...given.map(([, value]) => value)]
  const isInOthers = others.some((text) => holdsSecret(text, redactor))
  if (isInOthers || messageHoldsSecret(words, redactor)) throw secretInArguments()
  return { words, env: Object.fromEntries(given), folder }
}

/** The options with those of `shown` that say how a run is shown, which the call decides that resumes it. */
function shownAs(options: RunOptions, shown: RunOptions): RunOptions {
  const { json, quiet, verbose, noProgressBar, noColor, stdoutFile, stderrFile } = shown
  return { ...options, json, quiet, verbose, noProgressBar, noColor, stdoutFile, stderrFile }
}

function secretInArguments(): RunError {
  const reason = 'its arguments hold a secret, which is not written down'
  return invalidArguments(`Cannot make the run resumable: ${reason}`, {
    advice: 'pass the secret with --secret, or leave out --resumable',
  })
}

function refuseOthers(given: RunOptions): void {
  const [other] = givenOptions(shownAs({ ...given, resume: null }, noOptions))
  const found = other === undefined ? (given.host ?? given.notebook) : `--${other.name}`
  if (found === null) return
  const what = `Cannot use "${found}" together with --resume: the run goes on with its own options`
  throw invalidArguments(what, { advice: 'leave it out' })
}

function notFound(runId: string, { address }: CheckpointStore): RunError {
  const reason = `there is no checkpoint of it in "${address}"`
  return invalidArguments(`Cannot resume the run ${runId}: ${reason}`, {
    advice:
      'it may have ended, been started without --resumable, or with another NBTRIGGER_CHECKPOINTS',
  })
}

/** A process that performs a run writes every 30 s, so that after a while the id is another one's. */
const maxSilenceMs = 300_000

function refuseRunning(
  { checkpoint }: FoundCheckpoint,
  machine: Machine,
  { pid }: CommandProcess,
): void {
  const { owner, at, runId } = checkpoint
  const isFresh = Date.now() - Date.parse(at) < maxSilenceMs
  const isSelf = owner.pid === pid // a container that is started again gives the same ids
  if (owner.host !== hostname() || !isFresh || isSelf || !machine.isRunning(owner.pid)) return
  const what = `Cannot resume the run ${runId}: ${owner.name} still performs it`
  throw new RunError('TAKEN_OVER', what, { advice: 'wait for its end, or end that process' })
}
