import { attempt, RunError } from '../errors.ts'
import { type Env, variableOf } from '../request/env.ts'
import { functionSeconds } from '../request/options.ts'
import { isSweep, type RunOptions } from '../request/run_options.ts'
import { targetNotebook } from '../request/target.ts'
import { sourceAddress } from '../sources/sources.ts'

/** Whether a message asks for a run that the job does, and not the function. */
export function isForJob(options: RunOptions, env: Env): boolean {
  const isLong = Number(options.timeout) > functionSeconds
  return options.job || isSweep(options) || isLong || isListed(options, env)
}

function isListed(options: RunOptions, env: Env): boolean {
  const listed = variableOf(env, 'NBTRIGGER_JOB_NOTEBOOKS')?.split(',') ?? []
  const notebook = attempt(() => targetNotebook(options, env))
  if (listed.length === 0 || notebook instanceof RunError) return false
  const address = sourceAddress(notebook)
  return address !== null && listed.some((each) => sourceAddress(each.trim()) === address)
}
