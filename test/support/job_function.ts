import { FunctionProcess } from './function_process.ts'
import { MetadataServer } from './metadata_server.ts'
import type { Opened } from './opened.ts'
import { RunApi } from './run_api.ts'

const path = 'projects/demo/locations/us-central1/jobs/nbtrigger-job'

export interface JobFunction {
  readonly running: FunctionProcess
  /** What starts the executions of the job. */
  readonly api: RunApi
  /** With which the function runs. */
  readonly env: Readonly<Record<string, string>>
}

interface Environments {
  readonly env: Readonly<Record<string, string>>
  readonly jobEnv: Readonly<Record<string, string>>
}

/** Starts a function with a job that it hands runs over to; what it needs is closed with `opened`. */
export async function startJobFunction(
  opened: Opened,
  { env: given, jobEnv }: Environments,
): Promise<JobFunction> {
  const metadata = opened.use(await MetadataServer.start())
  const api = opened.use(await RunApi.start({ path, token: metadata.accessToken, env: jobEnv }))
  const env = {
    ...given,
    GCE_METADATA_HOST: metadata.host,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN: api.url,
    NBTRIGGER_JOB: path,
  }
  return { api, env, running: opened.use(await FunctionProcess.start({ env })) }
}
