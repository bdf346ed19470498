import { publishJson } from '../reporting/publish.ts'
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
  const { event, outcome, runId, notebook } = report
  const attributes = { event, outcome, run_id: runId, ...(notebook !== null && { notebook }) }
  const problem = await publishJson(report, attributes, {
    topic,
    project: projectOf(env),
    emulator: variableOf(env, 'PUBSUB_EMULATOR_HOST'),
    maxMs: maxPublishMs,
  })
  return problem === null ? null : redactor.text(problem)
}
