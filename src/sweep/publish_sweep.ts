import { publishJson } from '../reporting/publish.ts'
import { attributeText } from '../reporting/report_attributes.ts'
import { resultTopic, type RunInput } from '../run/run.ts'
import type { SweepReport } from './report.ts'

const maxPublishMs = 7_000

/** Publishes the report, if the environment names a topic. Returns why it was not published, or null. */
export async function publishSweep(
  report: SweepReport,
  { env, redactor }: Pick<RunInput, 'env' | 'redactor'>,
): Promise<string | null> {
  const topic = resultTopic(env)
  if (topic === null) return null
  const publication = { ...topic, maxMs: maxPublishMs }
  const problem = await publishJson(report, sweepAttributes(report), publication)
  return problem === null ? null : redactor.text(problem)
}

/** What subscriptions filter by, as for the report of one run. */
export function sweepAttributes({
  event,
  outcome,
  runId,
  notebook,
}: SweepReport): Readonly<Record<string, string>> {
  const named = notebook === null ? {} : { notebook: attributeText(notebook) }
  return { event, outcome, run_id: runId, ...named }
}
