import { codeCellsOf, type Notebook } from '../jupyter/nbformat.ts'
import { inspectParameters } from '../parameters/inspect.ts'
import { findTranslator } from '../parameters/translators/find_translator.ts'
import { type Check, type CheckResult, type DoctorContext, pass, skipped } from './check.ts'

/** Whether the notebook is there and can be read. */
export const notebookCheck: Check = {
  name: 'notebook',
  needs: ['token'],
  run: readNotebook,
  advice: 'open it in JupyterLab and save it once more',
}

async function readNotebook(context: DoctorContext, signal: AbortSignal): Promise<CheckResult> {
  const { server, notebook: source, kernelName, findings } = context
  if (source === null) return skipped('no notebook was named')
  const { notebook } = await source.read(server, signal)
  findings.notebook = notebook
  const { nbformat, nbformat_minor: minor } = notebook.content
  const cells = `${notebook.cells.length} cells, ${codeCellsOf(notebook).length} of them to run`
  const name = kernelName ?? notebook.kernelName
  return pass(
    `${source.describe()} is nbformat ${String(nbformat)}.${String(minor)} with ${cells}; ` +
      parametersOf(notebook, name),
  )
}

function parametersOf(notebook: Notebook, name: string | null): string {
  const translator = findTranslator({ name, language: notebook.language })
  const parameters = inspectParameters(notebook, translator)
  if (parameters === null) return 'no cell is tagged "parameters"'
  if (parameters.length === 0) return 'its cell "parameters" shows none'
  return `it takes ${parameters.map((parameter) => parameter.name).join(', ')}`
}
