import { createHash } from 'node:crypto'
import { invalidArguments, type RunError } from '../errors.ts'
import type { RunEvent } from '../events.ts'
import { checkTypes } from '../parameters/inject.ts'
import type { NotebookParameter, ParameterMap } from '../parameters/parameter.ts'
import { unusable, variableOf } from '../request/env.ts'
import { setsAtOnce } from '../request/options.ts'
import { parameterText, parameterTexts } from '../request/parameter_text.ts'
import { type ReadFile, readParameters, refuseFile } from '../request/parameters.ts'
import type { RunOptions } from '../request/run_options.ts'
import { createRunRequest, type RunRequest } from '../request/run_request.ts'
import type { ServerConfig } from '../request/server_config.ts'
import { type ParameterSets, readSets } from '../request/sets.ts'
import { notebookOutline } from '../run/find_notebook.ts'
import { executeRun, type RunInput } from '../run/run.ts'
import { closestString } from '../util/closest_string.ts'
import { createRunId } from '../util/run_id.ts'
import { oneLine, quoteForError } from '../util/text.ts'
import { cannotRepeat, recordSweep, recordedSweep } from './record_sweep.ts'
import { publishSweep } from './publish_sweep.ts'
import { countsOf, entryOf, outcomeOf, type SweepEntry, type SweepReport } from './report.ts'

/** A sweep that may begin: everything about it was checked. */
export interface Sweep {
  readonly input: SweepInput
  readonly sets: ParameterSets
  /** The sets to run. */
  readonly indexes: readonly number[]
  readonly parallel: number
  /** null for no maximum. */
  readonly maxFailures: number | null
  readonly server: ServerConfig
  readonly notebook: string
}

export interface SweepInput extends RunInput {
  readonly options: RunOptions
}

/**
 * Checks all of a sweep before any of its runs begins, and reads the notebook once for it. Throws a
 * RunError: ARGUMENTS_INVALID for parameters that the notebook does not know, values that it does not
 * take, and sets that would write to the same destination.
 */
export async function prepareSweep(input: SweepInput, signal: AbortSignal): Promise<Sweep> {
  const { options, readFile = refuseFile } = input
  const sets = readSets(options, readFile)
  if (sets === null) {
    throw invalidArguments('Cannot run sets of parameters: there are none', {
      advice: 'add --each',
    })
  }
  refuseForOneRun(options)
  const parallel = readCount('parallel', options.parallel) ?? setsAtOnce
  const maxFailures = readCount('max-failures', options.maxFailures)
  refuseGivenTwice(options, sets)
  const once = { ...input, options: withReadParameters(options, readFile) }
  refuseSameDestination(once, sets)
  const request = requestOfSet(once, sets, 0)
  const { server } = request
  const indexes = await indexesOf({ input, sets, server }, signal)
  const { parameters: declared } = await notebookOutline(request, input.redactor, signal)
  if (declared !== null) checkAgainst(declared, sets)
  const notebook = request.notebook.describe()
  return { input: once, sets, indexes, parallel, maxFailures, server, notebook }
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
function optionsOfSet(options: RunOptions, set: ParameterMap): RunOptions {
  const none = { each: null, eachFile: null, parallel: null, maxFailures: null, onlyFailed: null }
  return { ...options, ...none, parameters: new Map([...options.parameters, ...set]) }
}

function requestOfSet(
  { options, ...context }: SweepInput,
  sets: ParameterSets,
  index: number,
): RunRequest {
  const { redactor } = context
  const holdsSecret = (text: string) => redactor.text(text) !== text
  const setOptions = optionsOfSet(options, sets.setOf(index))
  return createRunRequest(setOptions, { ...context, runId: createRunId(), holdsSecret })
}

function refuseGivenTwice(options: RunOptions, { names }: ParameterSets): void {
  const given = new Set([...options.parameter, ...options.raw].map(([name]) => name))
  const both = names.find((name) => given.has(name))
  if (both === undefined) return
  const what = `Cannot set the parameter ${quoteForError(both)}: it is given for all runs and in the sets`
  throw invalidArguments(what, { advice: 'keep one of them' })
}

/** What only one run can have: a kernel that stays, a server of JupyterHub, or files for its prints. */
function refuseForOneRun(options: RunOptions): void {
  const given = {
    '--kernel-id': options.kernelId !== null,
    '--keep-kernel': options.keepKernel,
    '--hub': options.hub !== null,
    '--stdout-file': options.stdoutFile !== null,
    '--stderr-file': options.stderrFile !== null,
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
    for (const { address } of requestOfSet(input, sets, index).destinations) {
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

async function indexesOf(
  { input, sets, server }: Pick<Sweep, 'input' | 'sets' | 'server'>,
  signal: AbortSignal,
): Promise<readonly number[]> {
  const { onlyFailed } = input.options
  const all = Array.from({ length: sets.count }, (_, index) => index)
  if (onlyFailed === null) return all
  const recorded = await recordedSweep(onlyFailed, { ...input, server }, signal)
  const cannot = cannotRepeat(onlyFailed)
  if (recorded.setsKey !== setsKeyOf(sets)) {
    throw invalidArguments(`${cannot}: that run had other sets`, { advice: 'give the same --each' })
  }
  const failed = recorded.sets.filter(({ outcome }) => outcome !== 'succeeded')
  if (failed.length === 0) throw invalidArguments(`${cannot}: all of its sets succeeded`)
  return failed.map(({ index }) => index)
}

function setsKeyOf(sets: ParameterSets): string {
  const hash = createHash('sha256')
  for (let index = 0; index < sets.count; index++)
    hash.update(`${parameterText(sets.setOf(index))}\n`)
  return hash.digest('hex').slice(0, 16)
}

function readCount(name: string, value: string | number | null): number | null {
  if (value === null) return null
  const count = Number(value)
  if (Number.isSafeInteger(count) && count >= 1 && count <= 1_000) return count
  throw unusable({ value, source: `--${name}` }, 'it is not a whole number from 1 to 1000')
}

/** What happens in a sweep. */
export type SweepEvent =
  | { readonly type: 'run_event'; readonly index: number; readonly event: RunEvent }
  | { readonly type: 'sweep_finished'; readonly report: SweepReport }

type RunSet = (
  ...input: Parameters<typeof executeRun>
) => Promise<Pick<Awaited<ReturnType<typeof executeRun>>, 'report'>>

export interface SweepOutput {
  /** Takes the events, none of which holds a secret; the last one is `sweep_finished`. */
  readonly emit: (event: SweepEvent) => void
  readonly signal: AbortSignal
  /** Runs one set; replaced by tests. */
  readonly runSet?: RunSet
}

/**
 * Runs the sets of a sweep side by side. One that fails stops no other; when `maxFailures` is reached,
 * or the signal aborts, no more begin. The report is published and recorded once. Never rejects.
 */
export async function runSweep(sweep: Sweep, output: SweepOutput): Promise<SweepReport> {
  const { input, indexes, sets, server, notebook } = sweep
  const startedAt = new Date()
  const entries = await runSets(sweep, output)
  const notRun = indexes.filter((index) => !entries.has(index))
  for (const index of notRun) entries.set(index, notRunEntry(index, sweep))
  const all = indexes.flatMap((index) => entries.get(index) ?? [])
  const finishedAt = new Date()
  const unpublished = {
    event: 'sweep_finished',
    outcome: outcomeOf(all),
    runId: input.runId,
    server: server.url.href,
    notebook,
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt.toISOString(),
    durationMs: finishedAt.getTime() - startedAt.getTime(),
    counts: countsOf(all),
    setsKey: setsKeyOf(sets),
    sets: all,
    warnings: [],
  } as const satisfies SweepReport
  const problems = await Promise.all([
    publishSweep(unpublished, input),
    recordSweep(unpublished, { ...input, server }),
  ])
  const report = { ...unpublished, warnings: problems.filter((problem) => problem !== null) }
  output.emit({ type: 'sweep_finished', report })
  return report
}

async function runSets(
  { input, sets, indexes, parallel, maxFailures }: Sweep,
  { emit, signal, runSet = executeRun }: SweepOutput,
): Promise<Map<number, SweepEntry>> {
  const entries = new Map<number, SweepEntry>()
  const queue = indexes.values()
  let failures = 0
  const isOver = () => signal.aborted || (maxFailures !== null && failures >= maxFailures)
  const work = async () => {
    for (const index of queue) {
      if (isOver()) return
      const options = optionsOfSet(input.options, sets.setOf(index))
      const emitRun = (event: RunEvent) => emit({ type: 'run_event', index, event })
      const { report } = await runSet(
        { ...input, options, runId: createRunId() },
        { emit: emitRun, signal },
      )
      if (report.outcome !== 'succeeded') failures += 1
      entries.set(index, entryOf(index, report))
    }
  }
  await Promise.all(Array.from({ length: Math.min(parallel, indexes.length) }, work))
  return entries
}

function notRunEntry(index: number, { input, sets }: Sweep): SweepEntry {
  const parameters = parameterTexts(sets.setOf(index), input.redactor) ?? {}
  return {
    index,
    outcome: 'not_run',
    runId: null,
    parameters,
    durationMs: 0,
    result: null,
    output: null,
  }
}

/** Whether a later call can repeat what failed: that is in the history. */
export function isRepeatable({ input }: Sweep): boolean {
  return variableOf(input.env, 'NBTRIGGER_RUNS') !== null
}
