import { asRunError, RunError } from '../errors.ts'
import type { RunFinished } from '../events.ts'
import type { ParameterMap } from '../parameters/parameter.ts'
import type { Redactor } from '../redaction/redactor.ts'
import { type Caller, type Env, variableOf } from '../request/env.ts'
import { noOptions } from '../request/run_options.ts'
import { openServer, readServerConfig, type ServerConfig } from '../request/server_config.ts'
import { abortable, deadline, noop } from '../util/abort.ts'
import { History } from './history.ts'
import { recordedRun } from './recorded_run.ts'
import { readHistoryStore, readRetention, type Retention } from './settings.ts'

export interface RecordContext {
  readonly env: Env
  /** From where relative paths of files lead; null where that folder was deleted. */
  readonly folder: string | null
  readonly caller: Caller
  readonly parameters: ParameterMap
  /** The server of the run; null when the request was refused. */
  readonly server: ServerConfig | null
  readonly redactor: Redactor
  /** How long it may take, in milliseconds. */
  readonly maxMs: number
  /** Whether there is time to remove what is no longer kept. */
  readonly maySweep: boolean
}

/** What came of recording a run. */
export interface Recording {
  /** Why it could not be recorded, which is a warning; null when it was. */
  readonly problem: string | null
  /** The address of its notebook, as `outputs` of its report have it; null when none was kept there. */
  readonly notebook: string | null
}

const nothing: Recording = { problem: null, notebook: null }

/**
 * Records a run that is over in the history. Never throws. Some runs also remove what is no longer
 * kept.
 */
export async function recordRun(
  { report, notebook }: RunFinished,
  context: RecordContext,
): Promise<Recording> {
  const { env, caller, parameters, redactor, maxMs, maySweep } = context
  try {
    const history = openHistory(context)
    if (history === null) return nothing
    const retention = readRetention(env)
    const input = { caller, parameters, redactor, hasNotebook: notebook !== null }
    using limit = deadline(maxMs, () => tooLate(maxMs))
    const recorded = history.record(recordedRun(report, input), { report, notebook }, limit.signal)
    await abortable(recorded, limit.signal)
    const due = maySweep ? sweepDue(report.runId, retention) : null
    if (due !== null) {
      const swept = history.sweep(due, Date.now(), limit.signal)
      await abortable(swept, limit.signal).catch(noop) // the next sweep goes on with it
    }
    const address = history.notebookAddress(report.runId)
    return { ...nothing, notebook: notebook && isOfRun(address, context) ? address : null }
  } catch (error) {
    const problem = `Cannot record the run (NBTRIGGER_RUNS): ${asRunError(error).message}`
    return { ...nothing, problem: redactor.text(problem) }
  }
}

/** A path would lead to the server of the run, and the history may be on another one. */
function isOfRun(address: string, context: RecordContext): boolean {
  return !address.startsWith('/') || historyConfig(context).url.href === context.server?.url.href
}

/** What it takes to find the history. */
export type HistoryContext = Pick<
  RecordContext,
  'env' | 'folder' | 'caller' | 'server' | 'redactor'
>

/** The history that the environment names; null where it names none. Throws ARGUMENTS_INVALID. */
export function openHistory(context: HistoryContext): History | null {
  const { env, folder, redactor } = context
  const open = () => openServer(historyConfig(context), redactor)
  const store = readHistoryStore(env, { folder, openServer: open })
  return store === null ? null : new History(store)
}

/** The history is on JUPYTER_SERVER, wherever the notebook ran; without it, on the run's server. */
function historyConfig({
  env,
  caller,
  server,
}: Pick<HistoryContext, 'env' | 'caller' | 'server'>): ServerConfig {
  const isNamed = variableOf(env, 'JUPYTER_SERVER') !== null
  return isNamed || server === null ? readServerConfig(noOptions, env, caller) : server
}

/**
 * What to remove after this run; null for most. Chance decides, since processes that run one notebook
 * each cannot count runs. Finding out how many runs there are takes a server of files seconds.
 */
export function sweepDue(runId: string, retention: Retention): Retention | null {
  if (!runId.endsWith('0')) return null
  return runId.endsWith('00') ? retention : { ...retention, maxRuns: null }
}

function tooLate(maxMs: number): RunError {
  return new RunError('OUTPUT_NOT_SAVED', `Cannot write to the history within ${maxMs / 1000} s`)
}
