import type { RunReport } from '../events.ts'
import { firstBytes } from '../util/text.ts'

/** Of a message to Pub/Sub. */
export type Attributes = Readonly<Record<string, string>>

/** The most that Pub/Sub takes in one attribute. */
const maxBytes = 1024

/** Stands for a chain that is too long for an attribute: no notebook's address looks like it. */
export const tooLongChain = 'too long'

/**
 * What subscriptions filter by, as in `attributes.outcome = "failed"`. `chain` holds the notebooks
 * whose reports led to this one, and this one, a line each.
 */
export function reportAttributes(report: RunReport, earlier: readonly string[]): Attributes {
  const { event, outcome, runId, notebook, error } = report
  const chain = [...earlier, ...(notebook === null ? [] : [notebook])].join('\n')
  return {
    event,
    outcome,
    run_id: runId,
    ...(notebook === null ? {} : { notebook: attributeText(notebook) }),
    ...(error === undefined ? {} : { error_code: error.code }),
    ...(chain === '' ? {} : { chain: Buffer.byteLength(chain) > maxBytes ? tooLongChain : chain }),
  }
}

/** As much of the text as Pub/Sub takes in one attribute. */
export function attributeText(text: string): string {
  return firstBytes(text, maxBytes)
}
