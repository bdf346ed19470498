import { RunError } from '../errors.ts'
import {
  callGoogle,
  codeOf,
  credentialsProblem,
  failureReason,
  isTransient,
  noCredentials,
} from '../google/api.ts'
import { type Env, unusable, variableOf } from '../request/env.ts'
import { neverAborts } from '../util/abort.ts'
import { tryParseJson } from '../util/json.ts'
import { field, textOf } from '../util/record.ts'

/** A job of Cloud Run. */
export interface Job {
  readonly project: string
  readonly region: string
  readonly name: string
  /** The root of the Cloud Run Admin API. */
  readonly endpoint: URL
}

export interface Execution {
  /** "nbtrigger-job-x7k2p". */
  readonly name: string
  /** Its page in the console. */
  readonly link: string
}

/** What the execution is to do other than the job says. */
export interface Overrides {
  /** The only argument. */
  readonly argument: string
  /** Added to the environment. */
  readonly env: Readonly<Record<string, string>>
  /** How many tasks it has; null for as many as the job says. */
  readonly tasks: number | null
}

/** The container of the job in which nbtrigger runs, in `deploy/parts/job.sh`. */
const container = 'nbtrigger'

const advice =
  'make one with "deploy/deploy.sh job function", as docs/google_cloud_jobs.md describes'

/** The job that NBTRIGGER_JOB names; throws JOB_REFUSED where it is not set. */
export function readJob(env: Env): Job {
  const text = variableOf(env, 'NBTRIGGER_JOB')
  if (text === null) {
    const what = 'Cannot hand the run over to a job: NBTRIGGER_JOB names none'
    throw new RunError('JOB_REFUSED', what, { advice })
  }
  const [, project, region, name] =
    /^projects\/([\w.:-]+)\/locations\/([\w-]+)\/jobs\/([\w-]+)$/.exec(text) ?? []
  if (project === undefined || region === undefined || name === undefined) {
    throw unusable({ value: text, source: 'NBTRIGGER_JOB' }, 'it is no name of a job', {
      advice: 'write it as "projects/PROJECT/locations/REGION/jobs/NAME"',
    })
  }
  const endpoint = variableOf(env, 'CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN') // as for gcloud
  return { project, region, name, endpoint: new URL(endpoint ?? 'https://run.googleapis.com/') }
}

/** A second call would start a second execution: Pub/Sub delivers the message again, if need be. */
const once = { hasCredentials: true, retries: 0, minWaitMs: 0, maxWaitMs: 0 } as const

/** Starts an execution by `jobs.run`; throws JOB_REFUSED and JOB_UNREACHABLE. */
export async function startExecution(
  job: Job,
  { argument, env, tasks }: Overrides,
): Promise<Execution> {
  const { project, region, name, endpoint } = job
  const variables = Object.entries(env).map(([key, value]) => ({ name: key, value }))
  const containerOverrides = [{ name: container, args: [argument], env: variables }]
  const call = {
    method: 'POST',
    url: new URL(`v2/projects/${project}/locations/${region}/jobs/${name}:run`, endpoint),
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      overrides: { containerOverrides, ...(tasks !== null && { taskCount: tasks }) },
    }),
  } as const
  try {
    return executionOf(job, tryParseJson(await callGoogle(call, once, neverAborts)))
  } catch (cause) {
    throw failure(job, cause)
  }
}

/** The operation's metadata is the execution. */
function executionOf({ project, region, name: job }: Job, operation: unknown): Execution {
  const path = textOf(field(operation, 'metadata'), 'name') ?? ''
  const name = path.split('/').at(-1) ?? ''
  const page =
    name === '' ? `jobs/details/${region}/${job}` : `jobs/executions/details/${region}/${name}`
  return {
    name: name === '' ? job : name,
    link: `https://console.cloud.google.com/run/${page}?project=${encodeURIComponent(project)}`,
  }
}

function failure({ name }: Job, cause: unknown): RunError {
  const cannot = `Cannot start the job "${name}"`
  const code = codeOf(cause)
  if (code === noCredentials) {
    return new RunError('JOB_UNREACHABLE', `${cannot}: ${credentialsProblem.what}`, { cause })
  }
  const what = `${cannot}: ${failureReason(cause, 'Cloud Run answers')}`
  if (isTransient(cause)) return new RunError('JOB_UNREACHABLE', what, { cause })
  // Of a job that is not there, it may say only that the caller may not start it.
  const isMissing = code === '403' || code === '404'
  return new RunError('JOB_REFUSED', what, { cause, ...(isMissing && { advice }) })
}
