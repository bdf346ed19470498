import { type Caller, type Env, type Setting, settingOf, unusable, variableOf } from './env.ts'
import {
  autosaveSeconds,
  functionSeconds,
  httpSeconds,
  hubStartSeconds,
  loopbackSeconds,
  outputMegabytes,
  socketSeconds,
  startSeconds,
  taskReserveSeconds,
} from './options.ts'
import type { RunOptions } from './run_options.ts'

/** The longest that a timer can wait. */
const maxSeconds = 2_147_483

/** What all cells may have, four times this, is one text when it is saved. */
const maxMegabytes = 100

export interface Limits {
  readonly runTimeoutMs: number | null
  /** The same as it was given, though the platform allows less; null for none. */
  readonly givenTimeoutMs: number | null
  readonly cellTimeoutMs: number | null
  readonly startTimeoutMs: number
  /**
   * How long a server of this machine is tried that refuses connections, since nothing there wakes it
   * up; null for the whole time that was given explicitly.
   */
  readonly loopbackTimeoutMs: number | null
  readonly maxOutputMegabytes: number
  /** How often the notebook is saved while it runs; null for never. */
  readonly autosaveMs: number | null
  readonly warnings: readonly string[]
}

/** The limits of a run; throws ARGUMENTS_INVALID for one that is no number, or too large. */
export function readLimits(options: RunOptions, env: Env, caller: Caller): Limits {
  const { timeout, cellTimeout, startTimeout, maxOutput, autosaveCellEvery } = options
  const start = readMilliseconds(settingOf('start-timeout', startTimeout, env))
  const givenTimeoutMs = readMilliseconds(settingOf('timeout', timeout, env))
  return {
    ...capped(givenTimeoutMs, maximumOf(caller, env)),
    givenTimeoutMs,
    cellTimeoutMs: readMilliseconds(settingOf('cell-timeout', cellTimeout, env)),
    startTimeoutMs: start ?? (options.hub === null ? startSeconds : hubStartSeconds) * 1000,
    loopbackTimeoutMs: start === null ? loopbackSeconds * 1000 : null,
    maxOutputMegabytes: readMegabytes(settingOf('max-output', maxOutput, env)),
    autosaveMs: readAutosave(settingOf('autosave-cell-every', autosaveCellEvery, env)),
  }
}

/**
 * The age in milliseconds at which the WebSocket to the kernel is replaced; null for never.
 * `isCloudRun`: the server is behind a front end that cuts it at a certain age.
 */
export function readSocketLifetime(
  { socketLifetime }: Pick<RunOptions, 'socketLifetime'>,
  env: Env,
  isCloudRun: boolean,
): number | null {
  const setting = settingOf('socket-lifetime', socketLifetime, env)
  if (setting === null) return isCloudRun ? socketSeconds * 1000 : null
  return millisecondsOrNever(setting)
}

/** The longest run that the platform allows, and what to say to one that asks for more. */
interface Maximum {
  readonly seconds: number
  readonly reason: string
}

/** null where nothing ends a run. */
function maximumOf(caller: Caller, env: Env): Maximum | null {
  switch (caller) {
    case 'command':
      return null
    case 'function':
      return {
        seconds: functionSeconds,
        reason: 'an event-driven function ends after 540 s; add --job, or use the command',
      }
    case 'http':
      return {
        seconds: httpSeconds,
        reason: 'a request ends after 3600 s; use a message with --job, or the command',
      }
    case 'job':
      return maximumOfTask(env)
    default:
      return caller satisfies never
  }
}

/** Cloud Run does not tell a task its time limit, so the deployment sets NBTRIGGER_TASK_TIMEOUT. */
function maximumOfTask(env: Env): Maximum | null {
  const text = variableOf(env, taskTimeout)
  const taskMs = readMilliseconds(text === null ? null : { value: text, source: taskTimeout })
  if (taskMs === null) return null
  const seconds = Math.max(1, taskMs / 1000 - taskReserveSeconds)
  return { seconds, reason: `a task of the job ends after ${taskMs / 1000} s (${taskTimeout})` }
}

const taskTimeout = 'NBTRIGGER_TASK_TIMEOUT'

function capped(
  givenMs: number | null,
  maximum: Maximum | null,
): Pick<Limits, 'runTimeoutMs' | 'warnings'> {
  if (maximum === null) return { runTimeoutMs: givenMs, warnings: [] }
  const { seconds, reason } = maximum
  const maxMs = seconds * 1000
  if (givenMs === null || givenMs <= maxMs) return { runTimeoutMs: givenMs ?? maxMs, warnings: [] }
  const warning = `The time limit of ${givenMs / 1000} s is cut to ${seconds} s: ${reason}`
  return { runTimeoutMs: maxMs, warnings: [warning] }
}

type NumberSetting = Setting<string | number>

function readMegabytes(setting: NumberSetting | null): number {
  if (setting === null) return outputMegabytes
  const megabytes = numberOf(setting)
  if (megabytes > 0 && megabytes <= maxMegabytes) return megabytes
  throw unusable(setting, `it is a number of megabytes, above 0 and at most ${maxMegabytes}`)
}

function readAutosave(setting: NumberSetting | null): number | null {
  return setting === null ? autosaveSeconds * 1000 : millisecondsOrNever(setting)
}

/** null for a setting of 0. */
function millisecondsOrNever(setting: NumberSetting): number | null {
  return numberOf(setting) === 0 ? null : readMilliseconds(setting)
}

function readMilliseconds(setting: NumberSetting | null): number | null {
  if (setting === null) return null
  const seconds = numberOf(setting)
  if (seconds > 0 && seconds <= maxSeconds) return Math.max(1, Math.round(seconds * 1000))
  const reason = Number.isNaN(seconds)
    ? 'it is not a positive number of seconds, as in "90" or "0.5"'
    : `a time limit is above 0 and at most ${maxSeconds} seconds`
  throw unusable(setting, reason)
}

/** NaN for what is no number of 0 or more, written without a sign or an exponent. */
function numberOf({ value }: NumberSetting): number {
  if (typeof value === 'number') return value >= 0 ? value : NaN
  return /^\d+(\.\d+)?$/.test(value) ? Number(value) : NaN
}
