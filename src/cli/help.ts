import { RunError } from '../errors.ts'
import type { NotebookParameter } from '../parameters/parameter.ts'
import { optionLines, section } from '../request/help.ts'
import { positionals } from '../request/options.ts'
import { createNotebookRequest } from '../request/run_request.ts'
import { notebookOutline } from '../run/find_notebook.ts'
import type { RunInput } from '../run/run.ts'
import { plainLine } from '../util/text.ts'

/** What `--help-notebook` prints: the parameters that a notebook takes. Throws a RunError. */
export async function notebookHelp(input: RunInput, signal: AbortSignal): Promise<string> {
  const { options, redactor } = input
  if (options instanceof RunError) throw options
  const request = createNotebookRequest(options, input)
  const { parameters } = await notebookOutline(request, redactor, signal)
  return describeParameters(request.notebook.describe(), parameters)
}

function describeParameters(path: string, parameters: readonly NotebookParameter[] | null): string {
  const name = plainLine(path)
  if (parameters === null) return `${name} has no cell tagged "parameters"\n`
  if (parameters.length === 0) return `${name} shows no parameters in its cell "parameters"\n`
  const rows = parameters.map(
    (parameter) => [definition(parameter), plainLine(parameter.help)] as const,
  )
  const width = Math.min(40, Math.max(...rows.map(([text]) => text.length)))
  const lines = rows.map(([text, help]) => `  ${text.padEnd(width)}  ${help}`.trimEnd())
  return [`${name} takes these parameters:`, ...lines, ''].join('\n')
}

function definition({ name, type, default: value }: NotebookParameter): string {
  return plainLine(`${type === null ? name : `${name}: ${type}`} = ${value}`)
}

/** What `nbtrigger doctor --help` prints. */
export function doctorHelpText(): string {
  const { host, notebook } = positionals
  return [
    'Checks a Jupyter Server step by step: what is good, what is bad, and what to do about it',
    `Usage: nbtrigger doctor ${host.argument} [${notebook.argument}] [options]`,
    'Put "doctor" before the arguments of a run that fails: it accepts all of them, and uses these:',
    section(
      'Options',
      optionLines(['use-https', 'base-url', 'kernel', 'kernel-id', 'start-timeout']),
    ),
    section('Output', [
      ['stdout', 'a line for each check: its name; good, warning, bad or skipped; what was found'],
      [
        '--json',
        'a JSON array of { check, verdict, what, advice } instead; the lines go to stderr',
      ],
    ]),
    section('Exit status', [
      ['0', 'nothing is bad'],
      ['2', 'the arguments are invalid, or refused by policy'],
      ['3', 'something is bad'],
      ['130', 'interrupted'],
    ]),
    'If it gets that far, it starts a kernel of its own, makes it print 3.5 MB, and deletes it.',
  ].join('\n\n')
}
