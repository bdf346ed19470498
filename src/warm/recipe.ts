import { withoutErrorMarkers } from '../execution/papermill.ts'
import { noOptions } from '../request/run_options.ts'
import { createRunRequest, type RequestContext } from '../request/run_request.ts'
import { openServer } from '../request/server_config.ts'
import { findNotebook } from '../run/find_notebook.ts'
import { createRunRedactor } from '../run/run.ts'
import { noop } from '../util/abort.ts'
import { createRunId } from '../util/run_id.ts'
import { setupOf } from './setup.ts'
import type { Recipe } from './warm_kernel.ts'

/**
 * What a request needs that names this notebook and nothing else. Reads the notebook; throws NotWarmable
 * where it can have no warm kernels, and a RunError where it cannot be read.
 */
export async function readRecipe(
  path: string,
  { env, folder }: Pick<RequestContext, 'env' | 'folder'>,
  signal: AbortSignal,
): Promise<Recipe> {
  const options = { ...noOptions, notebook: path }
  const redactor = createRunRedactor(options, env)
  const request = createRunRequest(options, {
    env: { ...env, NBTRIGGER_OUTPUT: undefined }, // it may need parameters
    folder,
    caller: 'http',
    runId: createRunId(),
    messageId: null,
    redactor,
  })
  const server = openServer(request.server, redactor)
  const found = await findNotebook({ request, server, emit: noop }, signal)
  const notebook = withoutErrorMarkers(found.notebook)
  return { request, redactor, notebook, setup: setupOf(notebook, request) }
}
