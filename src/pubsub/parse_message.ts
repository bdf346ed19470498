import { RunError } from '../errors.ts'
import { parseArguments } from '../request/argv.ts'
import { type Env, variableOf } from '../request/env.ts'
import { splitWords } from '../request/shell_words.ts'
import { readNotebookPath, readTarget } from '../request/target.ts'
import { quoteForError } from '../util/text.ts'
import { type FinishedRun, nextArgs, readFinishedRun } from './chain.ts'
import { messageText, type PubSubMessage } from './message.ts'

/** What a message asks the function for. */
export type ParsedMessage = MessageRun | SkippedMessage

export interface MessageRun {
  readonly type: 'run'
  /** Throws a RunError when there are none to be read. */
  readonly words: () => readonly string[]
  /** The notebooks whose reports led to this run, the latest one last. */
  readonly earlier: readonly string[]
}

export interface SkippedMessage {
  readonly type: 'nothing'
  readonly reason: string
}

/**
 * An order is run as it says; the report of a run leads to what NBTRIGGER_NEXT says, once in a
 * chain and after success alone. A report is never read as an order, so that no function which
 * listens to its own results runs for ever.
 */
export function parseMessage(message: PubSubMessage, env: Env): ParsedMessage {
  const next = variableOf(env, 'NBTRIGGER_NEXT')
  const report = reportIn(message)
  if (report !== null) return readAfter(report, { message, next }, env)
  return { type: 'run', words: () => messageArgs(message, next), earlier: [] }
}

function messageArgs(message: PubSubMessage, next: string | null): readonly string[] {
  const text = messageText(message)
  if (next === null) return splitWords(text)
  throw new RunError(
    'ARGUMENTS_INVALID',
    'Cannot run what comes next: the message is no report of a run',
    { advice: 'publish orders to the topic of a function without NBTRIGGER_NEXT' },
  )
}

function reportIn(message: PubSubMessage): FinishedRun | null {
  try {
    return readFinishedRun(messageText(message))
  } catch {
    return null // what is wrong with it shows when it is read as an order
  }
}

interface After {
  readonly message: PubSubMessage
  readonly next: string | null
}

function readAfter(report: FinishedRun, { message, next }: After, env: Env): ParsedMessage {
  const notebook = quoteForError(report.notebook)
  if (next === null)
    return nothing(`it is the report of ${notebook}, and NBTRIGGER_NEXT is not set`)
  const after = variableOf(env, 'NBTRIGGER_AFTER')
  if (after !== null && pathOf(after) !== report.notebook) {
    return nothing(`${notebook} is not the notebook that NBTRIGGER_AFTER names`)
  }
  if (report.outcome !== 'succeeded') {
    return nothing(`${notebook} did not succeed (${quoteForError(report.outcome)})`)
  }
  if (message.isUnwrapped) {
    return nothing(
      `a push without its wrapper does not say what ran before ${notebook}; let the subscription wrap it`,
    )
  }
  const earlier = chainOf(message, report)
  if (earlier === null) return nothing(`the chain of notebooks before ${notebook} is too long`)
  const planned = notebookOf(next, env)
  if (planned !== null && earlier.includes(planned)) {
    return nothing(`${quoteForError(planned)} has run in this chain before`)
  }
  return { type: 'run', words: () => nextArgs(next, report), earlier }
}

/** The notebooks that led here, this report's own the last; null when they are not all known. */
function chainOf({ chain }: PubSubMessage, { notebook }: FinishedRun): readonly string[] | null {
  const before = chain?.split('\n') ?? []
  if (!before.every((path) => path.startsWith('/'))) return null
  return before.at(-1) === notebook ? before : [...before, notebook]
}

/** null when the words cannot be read: the run will say why. */
function notebookOf(next: string, env: Env): string | null {
  try {
    const { positionals } = parseArguments(splitWords(next))
    return pathOf(readTarget(positionals, env).notebook)
  } catch {
    return null
  }
}

/** null for what is no path of a notebook, and so is no notebook's. */
function pathOf(text: string): string | null {
  try {
    return readNotebookPath(text)
  } catch {
    return null
  }
}

function nothing(reason: string): SkippedMessage {
  return { type: 'nothing', reason }
}
