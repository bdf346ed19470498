import { taggedCell, type Notebook } from '../jupyter/notebook.ts'
import { inspectLines } from './inspect_lines.ts'
import { inspectPython } from './inspect_python.ts'
import { lexicalRules } from './lexical_rules.ts'
import type { NotebookParameter } from './notebook_parameter.ts'
import { python } from './translators/python.ts'
import type { Translator } from './translators/translator.ts'

/**
 * What the `parameters` cell defines, each name once, as it is set first; null when the notebook has
 * no such cell.
 */
export function inspectParameters(
  notebook: Notebook,
  translator: Translator | null,
): readonly NotebookParameter[] | null {
  const cell = taggedCell(notebook, 'parameters')
  if (cell === null) return null
  const found =
    translator === python ? inspectPython(cell.source) : inspectLinesOf(cell.source, translator)
  const firsts = new Map(found.toReversed().map((parameter) => [parameter.name, parameter]))
  return [...new Set(found.map(({ name }) => name))].flatMap((name) => firsts.get(name) ?? [])
}

function inspectLinesOf(source: string, translator: Translator | null) {
  return inspectLines(source, lexicalRules.get(translator?.language ?? ''))
}
