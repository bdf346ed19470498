import { inspectParameters } from './execution/inspection.ts'
import type { NotebookParameter } from './execution/notebook_parameter.ts'
import { findTranslator } from './execution/translators/find_translator.ts'
import { findNotebook } from './find_notebook.ts'
import type { Notebook } from './jupyter/notebook.ts'
import { openServer } from './open_server.ts'
import { plainText } from './plain_text.ts'
import type { RunRequest } from './request/run_request.ts'

/** What `--help-notebook` prints: the parameters that a notebook takes. Starts no kernel. */
export async function notebookHelp(request: RunRequest, signal: AbortSignal): Promise<string> {
  const server = openServer(request)
  const search = findNotebook({ request, server }, signal)
  for (;;) {
    const step = await search.next()
    if (step.done) return describeParameters(request, step.value)
  }
}

function describeParameters(
  { notebook: path, kernelName }: RunRequest,
  notebook: Notebook,
): string {
  const kind = { name: kernelName ?? notebook.kernelName, language: notebook.language }
  const parameters = inspectParameters(notebook, findTranslator(kind))
  if (parameters === null) return `${path} has no cell tagged "parameters"\n`
  if (parameters.length === 0) return `${path} shows no parameters in its cell "parameters"\n`
  const rows = parameters.map((parameter) => [definition(parameter), line(parameter.help)] as const)
  const width = Math.min(40, Math.max(...rows.map(([text]) => text.length)))
  const lines = rows.map(([text, help]) => `  ${text.padEnd(width)}  ${help}`.trimEnd())
  return [`${path} takes these parameters:`, ...lines, ''].join('\n')
}

function definition({ name, type, default: value }: NotebookParameter): string {
  return line(`${type === null ? name : `${name}: ${type}`} = ${value}`)
}

function line(text: string): string {
  return plainText(text).replaceAll(/\s+/g, ' ').trim()
}
