import { attributeText, publishJson } from '../reporting/publish.ts'
import { variableOf } from '../request/env.ts'
import { projectOf, type RunInput } from '../run/run.ts'
import type { SweepReport } from './report.ts'

const maxPublishMs = 7_000

/** Publishes the report, if the environment names a topic. Returns why it was not published, or null. */
export async function publishSweep(
  report: SweepReport,
  { env, redactor }: Pick<RunInput, 'env' | 'redactor'>,
): Promise<string | null> {
  const topic = variableOf(env, 'NBTRIGGER_RESULT_TOPIC')
  if (topic === null) return null
  const problem = await publishJson(report, sweepAttributes(report), {
    topic,
    project: projectOf(env),
    emulator: variableOf(env, 'PUBSUB_EMULATOR_HOST'),
    maxMs: maxPublishMs,
  })
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
