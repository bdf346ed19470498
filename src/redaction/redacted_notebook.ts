import type { CellOutput } from '../events.ts'
import type { Redactor } from './redactor.ts'

type Output = CellOutput['output']
type Fields = Readonly<Record<string, unknown>>

export interface NotebookMasking {
  readonly redactor: Redactor
  /** The cells' sources as they were read. */
  readonly sources: ReadonlySet<string>
}

/** What a run puts into the metadata of a notebook and of its cells. */
const ownMetadata = new Set(['papermill', 'widgets', 'language_info', 'execution'])

/** Of that, what names a file. */
const pathNames = ['input_path', 'output_path'] as const

/** The words that nbformat itself uses: were a secret one of them, they must not go with it. */
const outputNames = ['output_type', 'name'] as const

/**
 * The executed notebook without secrets, and still a notebook. What a person has written (sources,
 * attachments, metadata) goes back as it was read, though a secret may be a word in it; what the
 * run put in holds none.
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
  const text = sourceText(source)
  // The source of a cell of an unknown type may be anything: nobody wrote it as text.
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

/** nbformat's source: a string, or the list of its lines; null for what is neither. */
function sourceText(source: unknown): string | null {
  if (typeof source === 'string') return source
  const isList = Array.isArray(source) && source.every((line) => typeof line === 'string')
  return isList ? source.join('') : null
}

/** A name that is set, and what sets it: `name = `, `name <- `. */
const assignedName = /^([\w.$ ]*(?:=|<-))?(.*)$/gm

/** What the run wrote, of which the names of parameters are a person's again. */
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
  if (!isFields(part) || !isFields(shown)) return shown
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

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
