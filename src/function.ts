import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'
import { cloudEvent, http } from '@google-cloud/functions-framework'
import { Deliveries, type Verdict } from './deliveries.ts'
import { asRunError } from './errors.ts'
import { keepRequestsUntouched } from './http/untouched.ts'
import { createLog } from './report/log.ts'
import { summaryOf } from './report/summary.ts'
import { traceName } from './report/trace.ts'
import { checkAge } from './request/message_age.ts'
import { mentions } from './request/mentions.ts'
import { messageText, readPubSubEvent, type PubSubMessage } from './request/pubsub.ts'
import { splitWords } from './request/words.ts'
import { Shutdown } from './shutdown.ts'
import { redactorFor, trigger } from './trigger.ts'

const { argv, env, stdout } = process
const shutdown = new Shutdown(process)
const deliveries = new Deliveries()

if (target() === 'nbtrigger-http') await serveHttp()

// One declared parameter: with a second one the framework would wait for a callback.
cloudEvent('nbtrigger', async (event: unknown) => {
  const message = readPubSubEvent(event)
  const again = await deliveries.once(message.messageId, {
    run: () => shutdown.guard((signal) => runMessage(message, signal)),
    repeated: () => logRepeated(message),
  })
  if (again !== null) throw new Error(`${again}; to be delivered again`)
})

/** Which of the two functions the framework was started for. */
function target(): string | undefined {
  const options = { target: { type: 'string' } } as const
  const { values } = parseArgs({ args: argv.slice(2), options, strict: false })
  return String(values.target ?? env['FUNCTION_TARGET'])
}

/** Loads what answers HTTP requests; an instance whose environment is wrong does not start. */
async function serveHttp(): Promise<void> {
  const { createHttpFunction } = await import('./http_function.ts')
  try {
    const write = (line: string) => void stdout.write(line)
    http('nbtrigger-http', createHttpFunction({ env, write, shutdown }))
    keepRequestsUntouched()
  } catch (error) {
    const { message } = asRunError(error)
    stdout.write(`${JSON.stringify({ severity: 'CRITICAL', message })}\n`)
    process.exit(1)
  }
}

/** Runs what the message asks for and logs it; what becomes of the message, the report decides. */
async function runMessage(message: PubSubMessage, signal: AbortSignal): Promise<Verdict> {
  const { messageId, traceparent } = message
  const words = () => {
    checkAge(message.publishedAt, env)
    return splitWords(messageText(message))
  }
  const runId = randomUUID()
  const redactor = redactorFor({ words, env })
  const order = { words, env, caller: 'function', messageId, runId, redactor } as const
  const log = createLog((line) => stdout.write(line), {
    runId,
    verbose: isVerbose(words),
    labels: messageId === null ? {} : { message_id: messageId },
    trace: traceName(traceparent, env['GOOGLE_CLOUD_PROJECT'] ?? message.project),
    redactor,
  })
  const report = await trigger(order, log, signal)
  return report.error?.retryable ? summaryOf(report) : null
}

function logRepeated({ messageId }: PubSubMessage): void {
  const message = `Message ${messageId} came again and is not run again: one run answers for both`
  stdout.write(
    `${JSON.stringify({ severity: 'INFO', message, event: 'delivered_again', messageId })}\n`,
  )
}

function isVerbose(words: () => readonly string[]): boolean {
  try {
    return mentions(words(), '--verbose')
  } catch {
    return false // the report will say what is wrong with them
  }
}
