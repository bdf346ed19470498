import { cloudEvent } from '@google-cloud/functions-framework'
import { asRunError, RunError } from './errors.ts'
import { isForJob } from './job/for_job.ts'
import { Deduplicator, type RedeliveryReason } from './pubsub/deduplication.ts'
import { type PubSubMessage, readPubSubEvent } from './pubsub/message.ts'
import {
  acceptUnwrappedPushes,
  parseMessage,
  type RequestedRun,
  type SkippedMessage,
} from './pubsub/parse_message.ts'
import { noticeLine } from './reporting/notice.ts'
import { summaryOf } from './reporting/summary.ts'
import { variableOf } from './request/env.ts'
import { InputError, knownOptions } from './request/input_error.ts'
import { noOptions } from './request/run_options.ts'
import { targetNotebook } from './request/target.ts'
import { createRunRedactor, executeRun, type RunInput } from './run/run.ts'
import { createRunLog } from './run/run_log.ts'
import { workingFolder } from './util/file_path.ts'
import { createRunId } from './util/run_id.ts'
import { Shutdown } from './util/shutdown.ts'

const { env, stdout } = process
const shutdown = new Shutdown(process)
const deliveries = new Deduplicator()

acceptUnwrappedPushes()

// One declared parameter: with a second one the framework would wait for a callback.
cloudEvent('nbtrigger', async (event: unknown) => {
  const message = readPubSubEvent(event)
  const again = await deliveries.once(message.messageId, {
    run: () => shutdown.guard((signal) => runMessage(message, signal)),
    repeated: () => logRepeated(message),
  })
  if (again !== null) throw new Error(`${again}; to be delivered again`)
})

/** Runs what the message asks for and logs it; returns why it has to be redelivered, or null. */
async function runMessage(message: PubSubMessage, signal: AbortSignal): Promise<RedeliveryReason> {
  const { messageId, traceparent } = message
  const parsed = parseMessage(message, env)
  if (parsed.type === 'skipped') return logSkipped(message, parsed)
  const { options, earlier } = parsed
  const redactor = createRunRedactor(options, env)
  const identity = { runId: createRunId(), messageId, earlier } as const
  const folder = workingFolder(process)
  const given = { ...identity, options, env, folder, caller: 'function', redactor } as const
  const input = await runsHere(given, message, signal)
  if (input === null) return null
  const project = variableOf(env, 'GOOGLE_CLOUD_PROJECT') ?? message.project
  const emit = createRunLog((line) => stdout.write(line), input, { traceparent, project })
  const { report } = await executeRun(input, { emit, signal })
  return report.error?.retryable ? summaryOf(report) : null
}

/** What is left to run here: null when the job runs it, an error when that cannot be started. */
async function runsHere(
  input: RunInput & Pick<RequestedRun, 'earlier'>,
  { messageId, traceparent }: PubSubMessage,
  signal: AbortSignal,
): Promise<RunInput | null> {
  const { options, earlier, redactor } = input
  if (options instanceof RunError || !isForJob(options, env)) return input
  const { handOver } = await import('./job/hand_over.ts')
  try {
    const handedOver = { messageId, traceparent, earlier }
    const { name, link, tasks } = await handOver({ ...input, options }, handedOver, signal)
    const notebook = redactor.text(targetNotebook(options, env))
    const count = tasks === null ? '' : ` with ${tasks} task${tasks === 1 ? '' : 's'}`
    const message = `${notebook} is run by the job, in its execution ${name}${count}: ${link}`
    const event = 'run_handed_over'
    stdout.write(noticeLine({ event, message, notebook, execution: name, link, messageId }))
    return null
  } catch (error) {
    return { ...input, options: new InputError(asRunError(error), knownOptions(options)) }
  }
}

/** Such a message is acknowledged. */
function logSkipped({ messageId }: PubSubMessage, { reason }: SkippedMessage): null {
  const { text } = createRunRedactor(noOptions, env)
  const message = text(`Nothing runs after message ${messageId}: ${reason}`)
  stdout.write(noticeLine({ event: 'nothing_next', message, messageId }))
  return null
}

function logRepeated({ messageId }: PubSubMessage): void {
  const message = `Message ${messageId} came again and is not run again: one run answers for both`
  stdout.write(noticeLine({ event: 'delivered_again', message, messageId }))
}
