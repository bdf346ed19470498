#!/usr/bin/env node
import { closeSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { pipeline } from 'node:stream/promises'
import { isatty } from 'node:tty'
import { completionScript, misspeltCommand } from './cli/completion.ts'
import { doctorHelpText, notebookHelp } from './cli/help.ts'
import { Interruption } from './cli/interruption.ts'
import type { Machine } from './cli/local_servers.ts'
import type { CommandTarget } from './cli/local_target.ts'
import { createProgress } from './cli/progress.ts'
import type { LeftRun } from './cli/resumable.ts'
import { maxMessageLength, reportError } from './cli/report_error.ts'
import { StreamFiles } from './cli/stream_files.ts'
import {
  asRunError,
  attempt,
  errorCodes,
  exitStatusOf,
  invalidArguments,
  RunError,
} from './errors.ts'
import type { RunEvent, RunReport } from './events.ts'
import type { Redactor } from './redaction/redactor.ts'
import { hasFlag, informationFlag, parseArgv } from './request/argv.ts'
import { variableOf } from './request/env.ts'
import { helpText, usageText } from './request/help.ts'
import type { ReadFile } from './request/parameters.ts'
import { InputError, knownOptions } from './request/input_error.ts'
import { isSweep, noOptions, type RunOptions } from './request/run_options.ts'
import { createRunRedactor, executeRun, type RunInput } from './run/run.ts'
import { standardInputSource } from './sources/standard_input.ts'
import { standardOutput } from './storage/standard_output.ts'
import { neverAborts } from './util/abort.ts'
import { workingFolder } from './util/file_path.ts'
import { jsonText } from './util/json.ts'
import { jsonPieces } from './util/json_pieces.ts'
import { packageVersion } from './util/package.ts'
import { isRecord } from './util/record.ts'
import { createRunId } from './util/run_id.ts'
import { oneLine, safeJson } from './util/text.ts'
import { decodeUtf8 } from './util/utf8.ts'

const { argv, env, stdout, stderr } = process
const notWritten = 3
const terminals = [0, 1, 2].filter((descriptor) => isatty(descriptor))
let isOutputLost = false

type CommandInput = RunInput & { readonly readFile: ReadFile }

for (const stream of [stdout, stderr]) stream.on('error', outputFailed)
const status = await main(argv.slice(2))
process.exitCode = isOutputLost ? notWritten : status
process.on('exit', leaveClosedTerminals)
setInterval(endWhenWritten, 1_000).unref() // for libraries that never stop waiting

async function main(args: readonly string[]): Promise<number> {
  const isDoctor = args[0] === 'doctor'
  const isCancel = args[0] === 'cancel'
  if (args[0] === 'help') return await main([...args.slice(1), '--help'])
  const information = informationFlag(args)
  if (information !== null) {
    const help = isDoctor ? doctorHelpText : helpText
    stdout.write(`${information === 'help' ? help() : await packageVersion()}\n`)
    return 0
  }
  if (args[0] === 'completion') return printCompletion(args.slice(1))
  if (args.length === 0 && variableOf(env, 'JUPYTER_NOTEBOOK') === null) {
    stderr.write(`${usageText()}\n`)
    return errorCodes.ARGUMENTS_INVALID.exitStatus
  }
  const runArgs = isDoctor ? args.slice(1) : isCancel ? ['--resume', ...args.slice(1)] : args
  const input = await readInput(runArgs, isCancel)
  const { options } = input
  const { json, verbose, quiet, helpNotebook, noProgressBar, stdoutFile, stderrFile } =
    options instanceof RunError ? { ...noOptions, json: hasFlag(runArgs, '--json') } : options
  if (isDoctor) return await callDoctor(input, json)
  if (helpNotebook) return await printNotebookHelp(input)
  const { redactor, checkpoint = null, runId } = input
  const showsResult = stdout.isTTY && !json
  const interruption = openInterruption(checkpoint === null ? null : runId)
  const swept = await runSets(input, { interruption, showsResult })
  if (typeof swept === 'number') return swept
  const copies = new StreamFiles({ stdout: stdoutFile, stderr: stderrFile })
  const refused = swept ?? (copies.problem && new InputError(copies.problem, knownOptions(options)))
  const isResumable = () => checkpoint?.hasBegun ?? false
  const shown = { verbose, quiet, noProgressBar, redactor, showsResult, isResumable }
  using progress = await createProgress(stderr, shown)
  const emit = (event: RunEvent) => {
    interruption.observe(event)
    progress.observe(event)
    copies.observe(event)
  }
  const runInput = refused === null ? input : { ...input, options: refused }
  const { report } = await executeRun(runInput, { emit, signal: interruption.signal })
  if (copies.problem !== null && refused === null)
    stderr.write(`Warning: ${copies.problem.message}\n`)
  if (json) await print(report)
  else if (report.outcome === 'succeeded' && !report.outputs.includes(standardOutput)) {
    if (showsResult) await show(report.result, redactor)
    else await print(report.result)
  }
  await checkpoint?.remove()
  return isCancel && report.error?.code === 'CANCELLED' ? 0 : exitStatusOf(report.error)
}

/**
 * Runs the sets of parameters that the options name. Returns the exit status; the reason why they
 * cannot be run, which becomes the error of the one report; or null where the options name none.
 */
async function runSets(
  input: CommandInput,
  { interruption, showsResult }: { interruption: Interruption; showsResult: boolean },
): Promise<number | RunError | null> {
  const { options } = input
  if (options instanceof RunError || !isSweep(options)) return null
  if (options.resumable) {
    const what = 'Cannot use "--resumable" with several sets of parameters'
    const error = invalidArguments(what, { advice: 'run them one by one' })
    return new InputError(error, knownOptions(options))
  }
  const { callSweep } = await import('./cli/sweep_command.ts')
  const ended = await callSweep(
    { ...input, options },
    {
      stderr,
      interruption,
      printReport: print,
      writeLine: showsResult ? (line) => void stdout.write(`${line}\n`) : null,
    },
  )
  return typeof ended === 'number' ? ended : new InputError(ended, knownOptions(options))
}

function printCompletion(args: readonly string[]): number {
  const script = attempt(() => completionScript(args))
  if (!(script instanceof RunError)) {
    stdout.write(`${script}\n`)
    return 0
  }
  return printError(script)
}

function printError(error: unknown, redactor = createRunRedactor(noOptions, env)): number {
  return reportError(error, redactor, (line) => void stderr.write(`${line}\n`))
}

/** For the eyes, on a terminal. */
async function show(result: RunReport['result'], redactor: Redactor): Promise<void> {
  const { shownResult } = await import('./cli/shown_result.ts')
  const { imageProtocol } = await import('./cli/inline_image.ts')
  const options = { columns: stdout.columns || 80, images: imageProtocol(env), redactor }
  stdout.write(shownResult(result, options))
}

/** The input of the run that the arguments ask for, on this machine. */
async function readInput(args: readonly string[], cancels: boolean): Promise<CommandInput> {
  const { completeTarget } = await import('./cli/local_target.ts')
  const { pastedTokens } = await import('./cli/pasted_address.ts')
  const parsed = misspeltCommand(args) ?? attempt(() => parseArgv(args))
  const left = parsed instanceof RunError ? parsed : await readLeftRun(parsed)
  const resumed = left instanceof RunError ? null : left
  const machine = machineOf(resumed)
  const given = left instanceof RunError ? left : (resumed?.options ?? parsed)
  const found =
    given instanceof RunError
      ? given
      : await completeTarget(given, machine, neverAborts).catch(asRunError)
  const standardInput = await readInputOf(found)
  const target = standardInput instanceof RunError ? standardInput : found
  const {
    options,
    env: completeEnv,
    notebookFiles,
  } = target instanceof RunError
    ? { options: new InputError(target, knownOptions(parsed)), env, notebookFiles: [] }
    : target
  const redactor = createRunRedactor(options, completeEnv)
  redactor.addSecrets(pastedTokens(args))
  const isNoticed = !(target instanceof RunError) && target.notice !== null && !target.options.quiet
  if (isNoticed) stderr.write(`${redactor.names.text(oneLine(target.notice, maxMessageLength))}\n`)
  const input = {
    options,
    env: completeEnv,
    folder: resumed === null ? workingFolder(process) : resumed.folder,
    caller: 'command',
    readFile: (path: string) => decodeUtf8(readFileSync(path)),
    notebookFiles,
    ...(standardInput instanceof Uint8Array && { standardInput }),
    writeOutput: async (bytes: Uint8Array) => await pipeline([bytes], stdout, { end: false }),
    messageId: null,
    runId: resumed?.found.checkpoint.runId ?? createRunId(),
    redactor,
  } as const
  return await withCheckpoint(input, resumed, cancels)
}

/** The run that `--resume` names; null without it. */
async function readLeftRun(given: RunOptions): Promise<LeftRun | RunError | null> {
  if (given.resume === null) return null
  const { findLeftRun } = await import('./cli/resumable.ts')
  return await findLeftRun(given, thisMachine(), process).catch(asRunError)
}

/** The input of a run that can be resumed, or goes on, with its checkpoint. */
async function withCheckpoint(
  input: CommandInput,
  left: LeftRun | null,
  cancels: boolean,
): Promise<CommandInput> {
  const { options } = input
  if (left !== null) {
    const { resumedCheckpoint } = await import('./cli/resumable.ts')
    return { ...input, checkpoint: resumedCheckpoint(left, { cancels }, process) }
  }
  if (options instanceof RunError || !options.resumable || isSweep(options)) return input
  const { createCheckpoint } = await import('./cli/resumable.ts')
  const checkpoint = attempt(() => createCheckpoint({ ...input, options }, thisMachine(), process))
  if (!(checkpoint instanceof RunError)) return { ...input, checkpoint }
  return { ...input, options: new InputError(checkpoint, knownOptions(options)) }
}

/** The machine as it was for the process that began the run. */
function machineOf(left: LeftRun | null): Machine {
  const machine = thisMachine()
  if (left === null) return machine
  return { ...machine, env: left.env, folder: left.folder ?? machine.folder }
}

/** What standard input holds, if the notebook comes from there; null if it does not. */
async function readInputOf(
  target: CommandTarget | RunError,
): Promise<Uint8Array | RunError | null> {
  if (target instanceof RunError) return null
  const notebook = target.options.notebook ?? variableOf(target.env, 'JUPYTER_NOTEBOOK')
  if (notebook === null || !standardInputSource.isOne(notebook)) return null
  const { readStandardInput } = await import('./cli/standard_input.ts')
  return await readStandardInput(process.stdin).catch(asRunError)
}

function thisMachine(): Machine {
  const { platform } = process
  const userId = process.getuid?.() ?? null
  return {
    env,
    platform,
    home: homedir(),
    folder: workingFolder(process) ?? '/',
    userId,
    isRunning,
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return isRecord(error) && error['code'] === 'EPERM' // it is there, as another user
  }
}

/** One line of JSON, in pieces, since a result may have megabytes. */
async function print(value: unknown): Promise<void> {
  await pipeline(lineOf(value), stdout, { end: false }).catch(outputFailed)
}

function* lineOf(value: unknown): Generator<string> {
  yield* jsonPieces(value)
  yield '\n'
}

async function callDoctor(input: CommandInput, isJson: boolean): Promise<number> {
  const { examineServer } = await import('./cli/doctor_command.ts')
  const interruption = openInterruption()
  const tools = {
    writeLine: (line: string) => void (isJson ? stderr : stdout).write(`${line}\n`),
    writeFindings: (findings: unknown) =>
      void (isJson && stdout.write(`${safeJson(jsonText(findings))}\n`)),
    watchKernel: interruption.watchKernel.bind(interruption),
  }
  return await examineServer({ ...input, ...tools }, interruption.signal)
}

async function printNotebookHelp(input: CommandInput): Promise<number> {
  const { redactor } = input
  try {
    const help = await notebookHelp(input, openInterruption().signal)
    stdout.write(redactor.names.text(help))
    return 0
  } catch (error) {
    return printError(error, redactor)
  }
}

/** From here on, a signal ends the run and cleans up; one that can be resumed may be left instead. */
function openInterruption(resumable: string | null = null): Interruption {
  const hasTerminal = terminals.length > 0
  return new Interruption(process, { hasTerminal, resumable, write: writeError })
}

function writeError(text: string): void {
  stderr.write(text)
}

/** Node restores a terminal's modes when it exits, and aborts where the terminal is gone. */
function leaveClosedTerminals(): void {
  for (const descriptor of terminals) if (!isatty(descriptor)) closeSync(descriptor)
}

/** A library that waits for a server that does not answer cannot be stopped otherwise. */
function endWhenWritten(): void {
  if (stdout.writableLength + stderr.writableLength === 0) process.exit()
}

/** The reader of the output may stop early, as `head` does; a full disk must not end the run. */
function outputFailed(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE' || error.code === 'EIO') return
  isOutputLost = true
  process.exitCode = notWritten
}
