import { createHash } from 'node:crypto'
import { invalidArguments, type RunError } from '../errors.ts'
import { checkTypes } from '../parameters/inject.ts'
import type { NotebookParameter, ParameterMap } from '../parameters/parameter.ts'
import { unusable, variableOf } from '../request/env.ts'
import { setsAtOnce } from '../request/options.ts'
import { outputsOf } from '../request/outputs.ts'
import { parameterText } from '../request/parameter_text.ts'
import { type ReadFile, readParameters, refuseFile } from '../request/parameters.ts'
import type { RunOptions } from '../request/run_options.ts'
import {
  createRunRequest,
  refuseMarked,
  requestedDestinations,
  type RunContext,
  type RunRequest,
} from '../request/run_request.ts'
import type { ServerConfig } from '../request/server_config.ts'
import { type ParameterSets, readSets } from '../request/sets.ts'
import { notebookOutline } from '../run/find_notebook.ts'
import type { RunInput } from '../run/run.ts'
import { standardOutput } from '../storage/standard_output.ts'
import { closestString } from '../util/closest_string.ts'
import { createRunId } from '../util/run_id.ts'
import { oneLine, quoteForError } from '../util/text.ts'
import { cannotRepeat, recordedSweep } from './record_sweep.ts'

export interface SweepInput extends RunInput {
  readonly options: RunOptions
}

/** A sweep as far as its arguments say, which were checked. */
export interface PlannedSweep {
  /** Its options hold the parameters of all runs, which were read. */
  readonly input: SweepInput
  readonly sets: ParameterSets
  /** How many runs go at the same time. */
  readonly parallel: number
  /** Among how many tasks of the job the sets are divided; null where it is not said. */
  readonly tasks: number | null
  /** null for no maximum. */
  readonly maxFailures: number | null
}

/** A sweep whose runs are allowed, of a notebook that was not read yet. */
export interface RequestedSweep extends PlannedSweep {
  /** That of its first set. */
  readonly request: RunRequest
  readonly server: ServerConfig
  readonly notebook: string
}

/** A sweep that may begin: everything about it was checked. */
export interface Sweep extends Omit<RequestedSweep, 'request' | 'tasks'> {
  /** The sets to run. */
  readonly indexes: readonly number[]
}

/**
 * Checks all of a sweep before any of its runs begins, and reads the notebook once for it. Throws a
 * RunError: ARGUMENTS_INVALID for parameters that the notebook does not know, values that it does not
 * take, and sets that would write to the same destination.
 */
export async function prepareSweep(input: SweepInput, signal: AbortSignal): Promise<Sweep> {
  return await openSweep(requestSweep(planSweep(input)), signal)
}

/** Checks what can be known without a server and its settings. Throws ARGUMENTS_INVALID, and what a source does. */
export function planSweep(input: SweepInput): PlannedSweep {
  const { options, caller, readFile = refuseFile } = input
  if (caller !== 'command') refuseMarked(options, 'commandOnly')
  const sets = readSets(options, readFile)
  if (sets === null) {
    throw invalidArguments('Cannot run sets of parameters: there are none', {
      advice: 'add --each',
    })
  }
  refuseForOneRun(input)
  const usual = caller === 'job' ? 1 : setsAtOnce
  const parallel = readCount('parallel', options.parallel, maxParallel) ?? usual
  const tasks = readCount('tasks', options.tasks, maxTasks)
  const maxFailures = readCount('max-failures', options.maxFailures, maxSets)
  refuseGivenTwice(options, sets)
  const once = { ...input, options: withReadParameters(options, readFile) }
  refuseSameDestination(once, sets)
  return { input: once, sets, parallel, tasks, maxFailures }
}

/** Throws as `createRunRequest()` does. */
export function requestSweep(plan: PlannedSweep): RequestedSweep {
  const { input, sets } = plan
  const request = createRunRequest(...runOfSet(input, sets.setOf(0)))
  return { ...plan, request, server: request.server, notebook: request.notebook.describe() }
}

/** Reads what `--only-failed` names, and the notebook. Throws a RunError. */
export async function openSweep(
  { request, ...sweep }: RequestedSweep,
  signal: AbortSignal,
): Promise<Sweep> {
  const { input, sets } = sweep
  const indexes = await indexesOf(sweep, signal)
  const { parameters: declared } = await notebookOutline(request, input.redactor, signal)
  if (declared !== null) checkAgainst(declared, sets)
  return { ...sweep, indexes }
}

/** Without a `parameters` cell, what a notebook knows cannot be told: then `declared` is not there. */
function checkAgainst(declared: readonly NotebookParameter[], sets: ParameterSets): void {
  const known = declared.map(({ name }) => name)
  const unknown = sets.names.find((name) => !known.includes(name))
  if (unknown !== undefined) throw unknownParameter(unknown, known)
  for (let index = 0; index < sets.count; index++) checkTypes(declared, sets.setOf(index))
}

function unknownParameter(name: string, known: readonly string[]): RunError {
  const close = closestString(name, known)
  const advice = close === null ? `it knows ${known.join(', ')}` : `did you mean "${close}"?`
  const what = `Cannot set the parameter ${quoteForError(name)}: the notebook does not know it`
  return invalidArguments(what, { advice: oneLine(advice, 300) })
}

/**
 * Reads the parameters of all runs once, however many sets there are: a file may be a pipe, which gives
 * what it holds only once.
 */
function withReadParameters(options: RunOptions, readFile: ReadFile): RunOptions {
  const parameters = readParameters(options, readFile)
  return { ...options, base64: [], file: [], yaml: [], parameter: [], raw: [], parameters }
}

/** The options of one run: those of the sweep, with the parameters of the set. */
export function optionsOfSet(options: RunOptions, set: ParameterMap): RunOptions {
  const none = { each: null, eachFile: null, parallel: null, maxFailures: null, onlyFailed: null }
  return { ...options, ...none, parameters: new Map([...options.parameters, ...set]) }
}

function runOfSet(
  { options, ...context }: SweepInput,
  set: ParameterMap,
): readonly [RunOptions, RunContext] {
  return [optionsOfSet(options, set), { ...context, runId: createRunId() }]
}

function refuseGivenTwice(options: RunOptions, { names }: ParameterSets): void {
  const given = new Set([...options.parameter, ...options.raw].map(([name]) => name))
  const both = names.find((name) => given.has(name))
  if (both === undefined) return
  const what = `Cannot set the parameter ${quoteForError(both)}: it is given for all runs and in the sets`
  throw invalidArguments(what, { advice: 'keep one of them' })
}

/** What only one run can have: a kernel that stays, a server of JupyterHub, or what all would write to. */
function refuseForOneRun({ options, env }: SweepInput): void {
  const given = {
    '--kernel-id': options.kernelId !== null,
    '--keep-kernel': options.keepKernel,
    '--hub': options.hub !== null,
    '--stdout-file': options.stdoutFile !== null,
    '--stderr-file': options.stderrFile !== null,
    '--output -': outputsOf(options, env).includes(standardOutput),
  }
  const [flag] = Object.entries(given).find(([, isGiven]) => isGiven) ?? []
  if (flag === undefined) return
  throw invalidArguments(`Cannot use "${flag}" with sets of parameters: it is for one run`, {
    advice: 'leave it out',
  })
}

function refuseSameDestination(input: SweepInput, sets: ParameterSets): void {
  const seen = new Map<string, number>()
  for (let index = 0; index < sets.count; index++) {
    for (const { address } of requestedDestinations(...runOfSet(input, sets.setOf(index)))) {
      const other = seen.get(address)
      if (other !== undefined && other !== index) throw sameDestination(address, [other, index])
      seen.set(address, index)
    }
  }
}

function sameDestination(address: string, [one, other]: readonly [number, number]): RunError {
  const both = `the sets ${one} and ${other} (counted from 0) would both write to "${address}"`
  return invalidArguments(`Cannot save the executed notebooks: ${both}`, {
    advice: 'put the names of their parameters into the destination, as in "{region}"',
  })
}

/** The sets to run: all, or those that did not succeed in the sweep that `--only-failed` names. */
export async function indexesOf(
  { input, sets, server }: PlannedSweep & { readonly server: ServerConfig | null },
  signal: AbortSignal,
): Promise<readonly number[]> {
  const { onlyFailed } = input.options
  if (onlyFailed === null) return allIndexes(sets)
  const recorded = await recordedSweep(onlyFailed, { ...input, server }, signal)
  const cannot = cannotRepeat(onlyFailed)
  if (recorded.setsKey !== setsKeyOf(sets)) {
    throw invalidArguments(`${cannot}: that run had other sets`, { advice: 'give the same --each' })
  }
  const failed = recorded.sets.filter(({ outcome }) => outcome !== 'succeeded')
  if (failed.length === 0) throw invalidArguments(`${cannot}: all of its sets succeeded`)
  return failed.map(({ index }) => index)
}

/** Whether a later call can repeat what failed: that is in the history. */
export function isRepeatable({ env }: Pick<RunInput, 'env'>): boolean {
  return variableOf(env, 'NBTRIGGER_RUNS') !== null
}

export function allIndexes({ count }: ParameterSets): readonly number[] {
  return Array.from({ length: count }, (_, index) => index)
}

/** Tells these sets from others. */
export function setsKeyOf(sets: ParameterSets): string {
  const hash = createHash('sha256')
  for (let index = 0; index < sets.count; index++)
    hash.update(`${parameterText(sets.setOf(index))}\n`)
  return hash.digest('hex').slice(0, 16)
}

const maxParallel = 1_000
/** Cloud Run has no more tasks in one execution. */
const maxTasks = 10_000
/** As many sets as there may be. */
const maxSets = 10_000

function readCount(name: string, value: string | number | null, max: number): number | null {
  if (value === null) return null
  const count = Number(value)
  if (Number.isSafeInteger(count) && count >= 1 && count <= max) return count
  throw unusable({ value, source: `--${name}` }, `it is not a whole number from 1 to ${max}`)
}
