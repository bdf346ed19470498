import type { Redactor } from '../redaction/redactor.ts'
import { type Env, variableOf } from '../request/env.ts'
import { noOptions } from '../request/run_options.ts'
import { openServer, readServerConfig } from '../request/server_config.ts'
import { neverAborts, noop } from '../util/abort.ts'

/**
 * Tells the Jupyter Server that runs beside the job to end: as long as one of its containers runs, the
 * task does, and is paid for. Never throws; a server that is gone already has ended.
 */
export async function endSidecar(env: Env, redactor: Redactor): Promise<void> {
  if (variableOf(env, 'NBTRIGGER_SIDECAR') !== '1') return
  const shutDown = async () => {
    const server = openServer(readServerConfig(noOptions, env, 'job'), redactor)
    await server.status.shutDown(neverAborts)
  }
  await shutDown().catch(noop)
}
