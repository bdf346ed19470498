import type { CellOutput } from '../events.ts'
import { multilineText } from '../jupyter/read_field.ts'
import { isRecord } from '../util/record.ts'
import type { Redactor } from './redactor.ts'

type Output = CellOutput['output']
type Fields = Readonly<Record<string, unknown>>

export interface NotebookMasking {
  readonly redactor: Redactor
  /** The sources of the cells in the original notebook. */
  readonly sources: ReadonlySet<string>
}

/** The metadata that a run writes into a notebook and its cells. */
const ownMetadata = new Set(['papermill', 'nbtrigger', 'widgets', 'language_info', 'execution'])

/** The fields in it that hold paths. */
const pathNames = ['input_path', 'output_path'] as const

/** Fields with values that nbformat defines; not masked, even if one of them equals a secret. */
const outputNames = ['output_type', 'name'] as const

/**
 * The executed notebook without secrets, still valid nbformat. Sources, attachments and metadata of
 * the original notebook stay unchanged, even if they contain a secret; what the run added is masked.
 */
export function redactedNotebook(notebook: Fields, masking: NotebookMasking): Fields {
  const { cells, metadata } = notebook
  const list: readonly Fields[] = Array.isArray(cells) ? cells : []
  return {
    ...notebook,
    ...('metadata' in notebook && { metadata: redactedMetadata(metadata, masking) }),
    cells: list.map((cell) => redactedCell(cell, masking)),
  }
}

function redactedCell(cell: Fields, masking: NotebookMasking): Fields {
  const { source, metadata, outputs } = cell
  const text = multilineText(source)
  // The source of a cell of an unknown type may be something other than text.
  const isAsRead = text === null || masking.sources.has(text)
  return {
    ...cell,
    ...('metadata' in cell && { metadata: redactedMetadata(metadata, masking) }),
    ...(!isAsRead && { source: redactedSource(text, masking.redactor) }),
    ...(Array.isArray(outputs) && {
      outputs: outputs.map((output: Fields) => redactedOutput(output, masking.redactor)),
    }),
  }
}

/** The left side of an assignment (`name = `, `name <- `) and the rest of the line. */
const assignedName = /^([\w.$ ]*(?:=|<-))?(.*)$/gm

/** Masks a source that the run wrote; weak secrets are not masked in the names of parameters. */
function redactedSource(source: string, redactor: Redactor): string {
  const strong = redactor.names.text(source)
  return strong.replace(assignedName, (_, name = '', rest: string) => name + redactor.text(rest))
}

function redactedMetadata(metadata: unknown, masking: NotebookMasking): unknown {
  if (typeof metadata !== 'object' || metadata === null) return metadata
  const parts = Object.entries(metadata).map(([name, value]: [string, unknown]) => {
    return [name, ownMetadata.has(name) ? redactedPart(value, masking) : value] as const
  })
  return Object.fromEntries(parts)
}

function redactedPart(part: unknown, { redactor }: NotebookMasking): unknown {
  const shown = redactor.value(part)
  if (!isRecord(part) || !isRecord(shown)) return shown
  const names = pathNames.filter((name) => name in part)
  return {
    ...shown,
    ...Object.fromEntries(names.map((name) => [name, redactor.names.value(part[name])])),
  }
}

/** An output without secrets; the same object when it holds none. */
export function redactedOutput<T extends Fields | Output>(
  output: T,
  redactor: Pick<Redactor, 'value'>,
): T {
  const shown = redactor.value(output)
  if (shown === output) return output
  const fields: Fields = { ...output }
  const names = outputNames.filter((name) => name in fields)
  return { ...shown, ...Object.fromEntries(names.map((name) => [name, fields[name]])) }
}
