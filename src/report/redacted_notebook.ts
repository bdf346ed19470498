import type { Redactor } from './redact.ts'

type Fields = Readonly<Record<string, unknown>>

/** The words that nbformat itself uses: were a secret one of them, they must not go with it. */
const ownNames = ['cell_type', 'output_type', 'name', 'id'] as const

/** The notebook without secrets, and still a notebook. */
export function redactedNotebook(notebook: Fields, redactor: Redactor): Fields {
  const { cells, ...rest } = notebook
  const list: readonly Fields[] = Array.isArray(cells) ? cells : []
  return { ...redactor.value(rest), cells: list.map((cell) => redactedCell(cell, redactor)) }
}

function redactedCell(cell: Fields, redactor: Redactor): Fields {
  const { outputs, ...rest } = cell
  if (!Array.isArray(outputs)) return redacted(cell, redactor)
  const shown = outputs.map((output: Fields) => redacted(output, redactor))
  return { ...redacted(rest, redactor), outputs: shown }
}

function redacted(part: Fields, redactor: Redactor): Fields {
  const shown = redactor.value(part)
  if (shown === part) return part
  const names = ownNames.filter((name) => name in part)
  return { ...shown, ...Object.fromEntries(names.map((name) => [name, part[name]])) }
}
