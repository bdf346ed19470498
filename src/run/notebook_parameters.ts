import { inspectParameters } from '../parameters/inspect.ts'
import type { NotebookParameter } from '../parameters/parameter.ts'
import { findTranslator } from '../parameters/translators/find_translator.ts'
import type { Redactor } from '../redaction/redactor.ts'
import { openServer } from '../request/open_server.ts'
import type { NotebookRequest } from '../request/run_request.ts'
import { noop } from '../util/abort.ts'
import { findNotebook } from './find_notebook.ts'

/** The parameters that a notebook takes, null when it has no cell for them. Starts no kernel. */
export async function notebookParameters(
  request: NotebookRequest,
  redactor: Redactor,
  signal: AbortSignal,
): Promise<readonly NotebookParameter[] | null> {
  const server = openServer(request.server, redactor)
  const notebook = await findNotebook({ request, server, emit: noop }, signal)
  const kind = { name: request.kernelName ?? notebook.kernelName, language: notebook.language }
  return inspectParameters(notebook, findTranslator(kind))
}
