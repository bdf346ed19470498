import type { NotebookParameter } from './execution/notebook_parameter.ts'
import { notebookParameters } from './notebook_parameters.ts'
import { plainText } from './plain_text.ts'
import type { Redactor } from './report/redact.ts'
import type { RunRequest } from './request/run_request.ts'

/** What `--help-notebook` prints: the parameters that a notebook takes. */
export async function notebookHelp(
  request: RunRequest,
  redactor: Redactor,
  signal: AbortSignal,
): Promise<string> {
  const parameters = await notebookParameters(request, redactor, signal)
  return describeParameters(request.notebook, parameters)
}

function describeParameters(path: string, parameters: readonly NotebookParameter[] | null): string {
  const name = line(path)
  if (parameters === null) return `${name} has no cell tagged "parameters"\n`
  if (parameters.length === 0) return `${name} shows no parameters in its cell "parameters"\n`
  const rows = parameters.map((parameter) => [definition(parameter), line(parameter.help)] as const)
  const width = Math.min(40, Math.max(...rows.map(([text]) => text.length)))
  const lines = rows.map(([text, help]) => `  ${text.padEnd(width)}  ${help}`.trimEnd())
  return [`${name} takes these parameters:`, ...lines, ''].join('\n')
}

function definition({ name, type, default: value }: NotebookParameter): string {
  return line(`${type === null ? name : `${name}: ${type}`} = ${value}`)
}

function line(text: string): string {
  return plainText(text).replaceAll(/\s+/g, ' ').trim()
}
