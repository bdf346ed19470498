import { randomUUID } from 'node:crypto'
import { subscribe } from 'node:diagnostics_channel'
import { type IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { attempt, RunError } from '../errors.ts'
import { tooLongChain } from '../reporting/report_attributes.ts'
import { parseArgv } from '../request/argv.ts'
import { type Env, variableOf } from '../request/env.ts'
import { InputError, knownOptions } from '../request/input_error.ts'
import type { RunOptions } from '../request/run_options.ts'
import { splitWords } from '../request/shell_words.ts'
import { targetNotebook } from '../request/target.ts'
import { sourceAddress } from '../sources/sources.ts'
import { quoteForError } from '../util/text.ts'
import { nextArgs, type PublishedRun, readPublished } from './chain.ts'
import { checkAge, messageText, type PubSubMessage } from './message.ts'

/** What a message asks the function for. */
export type ParsedMessage = RequestedRun | SkippedMessage

export interface RequestedRun {
  readonly type: 'run'
  /** An error when they cannot be parsed, or when the message is too old. */
  readonly options: RunOptions | RunError
  /** The notebooks whose reports led to this run, the latest one last. */
  readonly earlier: readonly string[]
}

/** A message that asks for no run, which is no error. */
export interface SkippedMessage {
  readonly type: 'skipped'
  readonly reason: string
}

/**
 * Parses a message: the arguments of a run, or the report of one, after which NBTRIGGER_NEXT runs,
 * once in a chain and after success alone. A report is never read as arguments, so that no function
 * which listens to its own results runs forever. `now` is in milliseconds.
 */
export function parseMessage(message: PubSubMessage, env: Env, now = Date.now()): ParsedMessage {
  const next = variableOf(env, 'NBTRIGGER_NEXT')
  const text = attempt(() => messageText(message))
  const report = text instanceof RunError ? null : readPublished(text)
  if (report === 'sweep') {
    return skipped(
      'it is the report of runs for several sets, each of which has a report of its own',
    )
  }
  if (report !== null) return parseReport(report, { message, next, now }, env)
  const parsed = text instanceof RunError ? text : attempt(() => parseArguments(text, next))
  return { type: 'run', options: inTime(parsed, { message, now }, env), earlier: [] }
}

function parseArguments(text: string, next: string | null): RunOptions {
  if (next === null) return parseArgv(splitWords(text))
  throw new RunError(
    'ARGUMENTS_INVALID',
    'Cannot run what comes next: the message is no report of a run',
    { advice: 'publish arguments to the topic of a function without NBTRIGGER_NEXT' },
  )
}

interface ReportContext {
  readonly message: PubSubMessage
  readonly next: string | null
  readonly now: number
}

function parseReport(
  report: PublishedRun,
  { message, next, now }: ReportContext,
  env: Env,
): ParsedMessage {
  const notebook = quoteForError(report.notebook)
  if (next === null)
    return skipped(`it is the report of ${notebook}, and NBTRIGGER_NEXT is not set`)
  const after = variableOf(env, 'NBTRIGGER_AFTER')
  if (after !== null && sourceAddress(after) !== report.notebook) {
    return skipped(`${notebook} is not the notebook that NBTRIGGER_AFTER names`)
  }
  if (report.outcome !== 'succeeded') {
    return skipped(`${notebook} did not succeed (${quoteForError(report.outcome)})`)
  }
  if (message.isUnwrapped) {
    return skipped(
      `a push without its wrapper does not say what ran before ${notebook}; let the subscription wrap it`,
    )
  }
  const earlier = chainOf(message, report)
  if (earlier === null) return skipped(`the chain of notebooks before ${notebook} is too long`)
  const options = attempt(() => parseArgv(nextArgs(next, report)))
  const planned = options instanceof RunError ? null : plannedNotebook(options, env)
  if (planned !== null && earlier.includes(planned)) {
    return skipped(`${quoteForError(planned)} has run in this chain before`)
  }
  return { type: 'run', options: inTime(options, { message, now }, env), earlier }
}

/** The options, or MESSAGE_TOO_OLD in place of them. */
function inTime(
  options: RunOptions | RunError,
  { message, now }: Pick<ReportContext, 'message' | 'now'>,
  env: Env,
): RunOptions | RunError {
  const tooOld = attempt(() => checkAge(message.publishedAt, env, now))
  if (!(tooOld instanceof RunError)) return options
  return new InputError(tooOld, knownOptions(options))
}

/** The notebooks that led here, the report's own last; null when not all of them are known. */
function chainOf({ chain }: PubSubMessage, { notebook }: PublishedRun): readonly string[] | null {
  if (chain === tooLongChain) return null
  const before = chain?.split('\n') ?? []
  return before.at(-1) === notebook ? before : [...before, notebook]
}

/** null when it cannot be read; the run reports why. */
function plannedNotebook(options: RunOptions, env: Env): string | null {
  const address = attempt(() => targetNotebook(options, env))
  return address instanceof RunError ? null : sourceAddress(address)
}

function skipped(reason: string): SkippedMessage {
  return { type: 'skipped', reason }
}

/**
 * Makes the Pub/Sub function accept pushes without a wrapper (`--push-no-wrapper`), which
 * functions-framework does not support: it answers 500 to a body that is not an object. They become
 * CloudEvents in binary mode whose data is the bytes of the message.
 */
export function acceptUnwrappedPushes(): void {
  subscribe('http.server.request.start', (message) => {
    const request: unknown = Reflect.get(Object(message), 'request')
    if (!(request instanceof IncomingMessage) || request.method !== 'POST') return
    if (isUnwrapped(request.headers)) Object.assign(request.headers, eventHeaders(request.headers))
  })
}

/** Wrapped messages and events are JSON; with metadata written, the message's id is in a header. */
function isUnwrapped(headers: IncomingHttpHeaders): boolean {
  if (headers['ce-type'] !== undefined) return false
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  const isJson = type === 'application/json' || type.endsWith('+json')
  return !isJson || headers['x-goog-pubsub-message-id'] !== undefined
}

/** The topic is not known; the rest comes in headers with `--push-no-wrapper-write-metadata`. */
function eventHeaders(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const publishedAt = headers['x-goog-pubsub-publish-time']
  return {
    'content-type': 'application/octet-stream',
    'ce-specversion': '1.0',
    'ce-type': 'google.cloud.pubsub.topic.v1.messagePublished',
    'ce-source': '//pubsub.googleapis.com/',
    'ce-id': String(headers['x-goog-pubsub-message-id'] ?? randomUUID()),
    ...(publishedAt === undefined ? {} : { 'ce-time': publishedAt }),
  }
}
