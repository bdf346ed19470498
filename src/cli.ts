#!/usr/bin/env node
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { RunError, asRunError, errorCodes } from './errors.ts'
import type { RunReport } from './events.ts'
import { jsonText } from './exact_json.ts'
import { notebookHelp } from './notebook_help.ts'
import { packageVersion } from './package.ts'
import { jsonPieces } from './report/json_pieces.ts'
import { createProgress } from './report/progress.ts'
import { informationAsked } from './request/arguments.ts'
import { doctorHelpText } from './request/doctor_help.ts'
import { helpText } from './request/help.ts'
import { mentions } from './request/mentions.ts'
import { readRequest } from './request/read_request.ts'
import { redactorFor, trigger, type Order } from './trigger.ts'

const { argv, env, stdout, stderr } = process
const interrupted = 130
const notWritten = 3
let isOutputLost = false

for (const stream of [stdout, stderr]) stream.on('error', outputFailed)
const status = await main(argv.slice(2))
process.exitCode = isOutputLost ? notWritten : status
setInterval(endWhenWritten, 1_000).unref() // for libraries that wait for ever

async function main(words: readonly string[]): Promise<number> {
  const asked = informationAsked(words)
  if (asked !== null) {
    const help = words[0] === 'doctor' ? doctorHelpText : helpText
    stdout.write(`${asked === 'help' ? help() : await packageVersion()}\n`)
    return 0
  }
  if (words[0] === 'doctor') return await callDoctor(words.slice(1))
  const asks = { words: () => words, env }
  const order = {
    ...asks,
    caller: 'command',
    readFile: (path: string) => readFileSync(path, 'utf8'),
    messageId: null,
    runId: randomUUID(),
    redactor: redactorFor(asks),
  } as const
  if (mentions(words, '--help-notebook')) return await printNotebookHelp(order)
  using progress = await createProgress(stderr, {
    verbose: mentions(words, '--verbose'),
    redactor: order.redactor,
  })
  const report = await trigger(order, (event) => progress.observe(event), interruptSignal())
  if (mentions(words, '--json')) await print(report)
  else if (report.outcome === 'succeeded') await print(report.result)
  return exitStatus(report)
}

/** One line of JSON, in pieces, since a result may have megabytes. */
async function print(value: unknown): Promise<void> {
  await pipeline(lineOf(value), stdout, { end: false }).catch(outputFailed)
}

function* lineOf(value: unknown): Generator<string> {
  yield* jsonPieces(value)
  yield '\n'
}

async function callDoctor(words: readonly string[]): Promise<number> {
  const { examineServer } = await import('./doctor_command.ts')
  const isJson = mentions(words, '--json')
  const order = {
    words,
    env,
    readFile: (path: string) => readFileSync(path, 'utf8'),
    redactor: redactorFor({ words: () => words, env }),
    tell: (line: string) => void (isJson ? stderr : stdout).write(`${line}\n`),
    result: (findings: unknown) => void (isJson && stdout.write(`${jsonText(findings)}\n`)),
  }
  return await examineServer(order, interruptSignal())
}

async function printNotebookHelp(order: Order): Promise<number> {
  const { redactor } = order
  try {
    const request = readRequest(order.words(), order.env, order.caller, order.readFile)
    stdout.write(redactor.text(await notebookHelp(request, redactor, interruptSignal())))
    return 0
  } catch (error) {
    const { code, message } = asRunError(error)
    stderr.write(`${redactor.text(message)}\n`)
    return errorCodes[code].exitStatus
  }
}

function exitStatus({ error }: RunReport): number {
  return error === undefined ? 0 : errorCodes[error.code].exitStatus
}

/** Aborts at the first Ctrl-C, so that the kernel is deleted; the second one does not wait for it. */
function interruptSignal(): AbortSignal {
  const controller = new AbortController()
  const stop = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) {
      stderr.write('\nStopped at once; the kernel may still be there\n')
      process.exit(interrupted)
    }
    controller.abort(new RunError('CANCELLED', `Cannot go on: the run was interrupted (${name})`))
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  process.on('SIGHUP', stop)
  return controller.signal
}

/** A library that asks who does not answer, such as a metadata server, cannot be stopped otherwise. */
function endWhenWritten(): void {
  if (stdout.writableLength + stderr.writableLength === 0) process.exit()
}

/** Whoever reads our output may stop early, as `head` does; a full disk must not end the run. */
function outputFailed(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE' || error.code === 'EIO') return
  isOutputLost = true
  process.exitCode = notWritten
}
