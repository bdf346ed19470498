import { RunError } from '../errors.ts'
import { parseArgv } from '../request/argv.ts'
import { type Env, variableOf } from '../request/env.ts'
import type { RunOptions } from '../request/run_options.ts'
import { splitWords } from '../request/shell_words.ts'

/** What a job has to know of the message whose run was handed over to it. */
export interface HandedOver {
  readonly messageId: string | null
  /** The W3C header of the request that brought the message. */
  readonly traceparent: string | null
  /** The notebooks whose reports led to this run, the latest one last. */
  readonly earlier: readonly string[]
}

/** One task of an execution of the job. */
export interface Task extends HandedOver {
  /** Names the task, whichever attempt it is: "nbtrigger-job-x7k2p/0". */
  readonly name: string
  /** "nbtrigger-job-x7k2p". */
  readonly execution: string
  /** Of the task among those of its execution, from 0. */
  readonly index: number
  /** How many tasks the execution has. */
  readonly count: number
  /** How often the task was started before. */
  readonly attempt: number
}

/** The variables by which the function tells the job of the message. */
const variables = {
  messageId: 'NBTRIGGER_MESSAGE_ID',
  traceparent: 'NBTRIGGER_TRACEPARENT',
  earlier: 'NBTRIGGER_CHAIN',
} as const

/** The environment that `readTask()` reads as the same message. */
export function handedOverEnv(message: HandedOver): Readonly<Record<string, string>> {
  const { messageId, traceparent, earlier } = message
  return {
    ...(messageId !== null && { [variables.messageId]: messageId }),
    ...(traceparent !== null && { [variables.traceparent]: traceparent }),
    ...(earlier.length > 0 && { [variables.earlier]: earlier.join('\n') }),
  }
}

/** Reads the environment that Cloud Run gives a task, and what the function has added. */
export function readTask(env: Env): Task {
  const { CLOUD_RUN_EXECUTION: execution = 'local' } = env
  const index = numberIn(env, 'CLOUD_RUN_TASK_INDEX', 0)
  return {
    name: `${execution}/${index}`,
    execution,
    index,
    count: numberIn(env, 'CLOUD_RUN_TASK_COUNT', 1),
    attempt: numberIn(env, 'CLOUD_RUN_TASK_ATTEMPT', 0),
    messageId: variableOf(env, variables.messageId),
    traceparent: variableOf(env, variables.traceparent),
    earlier: variableOf(env, variables.earlier)?.split('\n') ?? [],
  }
}

/** Cloud Run sets it to a whole number; NaN where somebody else has not. */
function numberIn(env: Env, name: string, defaultValue: number): number {
  const text = variableOf(env, name)
  return text === null ? defaultValue : Number(text)
}

/**
 * Parses the only argument of a job, which holds the words of a message; without one, the environment
 * names the notebook. Throws ARGUMENTS_INVALID.
 */
export function readArgs([text = '', ...others]: readonly string[]): RunOptions {
  if (others.length === 0) return parseArgv(splitWords(text))
  const reason = `there are ${others.length + 1}`
  throw new RunError('ARGUMENTS_INVALID', `Cannot read the arguments of the job: ${reason}`, {
    advice: 'pass the words as one argument, as in a message',
  })
}
