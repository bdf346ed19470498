import { taggedCell, type Notebook } from '../jupyter/notebook.ts'
import { inspectLines } from './inspect_lines.ts'
import { inspectPython } from './inspect_python.ts'
import type { NotebookParameter } from './notebook_parameter.ts'
import { python } from './translators/python.ts'
import type { Translator } from './translators/translator.ts'

/** What the `parameters` cell defines; null when the notebook has none. */
export function inspectParameters(
  notebook: Notebook,
  translator: Translator | null,
): readonly NotebookParameter[] | null {
  const cell = taggedCell(notebook, 'parameters')
  if (cell === null) return null
  return translator === python ? inspectPython(cell.source) : inspectLines(cell.source)
}
