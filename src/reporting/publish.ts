import { RunError } from '../errors.ts'
import type { RunReport } from '../events.ts'
import { isTopic, publishMessage, pubsubProblem, type PubsubTopic } from '../google/pubsub.ts'
import { deadline } from '../util/abort.ts'
import { type Attributes, reportAttributes } from './report_attributes.ts'
import { limitedJson } from './truncate.ts'

export interface Publication extends PubsubTopic {
  /** The notebooks whose reports led to this run. */
  readonly earlier: readonly string[]
  readonly maxMs: number
}

/** Pub/Sub's REST API takes 10 MB a request, in which four bytes stand for three of the report. */
const maxDataBytes = 7_400_000

/**
 * Publishes the report, which holds no secret any more, as JSON. Never throws: what a person has to
 * know of a failure is returned, null when there was none.
 */
export async function publishReport(
  report: RunReport,
  { earlier, ...topic }: Publication,
): Promise<string | null> {
  return await publishJson(report, reportAttributes(report, earlier), topic)
}

/** As `publishReport()`, for any report and the attributes by which subscriptions filter it. */
export async function publishJson(
  report: object,
  attributes: Attributes,
  { maxMs, ...topic }: Omit<Publication, 'earlier'>,
): Promise<string | null> {
  const purpose = `Cannot publish the report to "${topic.topic}"`
  if (!isTopic(topic.topic)) {
    return `${purpose}: that is no topic; set NBTRIGGER_RESULT_TOPIC to NAME or projects/PROJECT/topics/NAME`
  }
  using limit = deadline(maxMs, tooLate)
  try {
    const message = { data: Buffer.from(limitedJson(report, maxDataBytes)), attributes }
    await publishMessage(topic, message, limit.signal)
    return null
  } catch (cause) {
    if (limit.signal.aborted) return `${purpose}: Pub/Sub did not answer in time`
    const { what, advice } = pubsubProblem(cause, topic.topic)
    return `${purpose}: ${[what, advice].filter(Boolean).join('; ')}`
  }
}

function tooLate(): RunError {
  return new RunError('CANCELLED', 'Cannot wait longer for Pub/Sub')
}
