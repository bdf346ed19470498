import { inspectParameters } from './execution/inspection.ts'
import type { NotebookParameter } from './execution/notebook_parameter.ts'
import { findTranslator } from './execution/translators/find_translator.ts'
import { findNotebook } from './find_notebook.ts'
import { openServer } from './open_server.ts'
import type { Redactor } from './report/redact.ts'
import type { RunRequest } from './request/run_request.ts'

/** The parameters that a notebook takes, null when it has no cell for them. Starts no kernel. */
export async function notebookParameters(
  request: RunRequest,
  redactor: Redactor,
  signal: AbortSignal,
): Promise<readonly NotebookParameter[] | null> {
  const server = openServer(request, redactor)
  const search = findNotebook({ request, server }, signal)
  let step = await search.next()
  while (!step.done) step = await search.next()
  const notebook = step.value
  const kind = { name: request.kernelName ?? notebook.kernelName, language: notebook.language }
  return inspectParameters(notebook, findTranslator(kind))
}
