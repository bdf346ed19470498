import { type Notebook, taggedCell } from '../jupyter/nbformat.ts'
import { inspectLines } from './inspect_lines.ts'
import { inspectPython } from './inspect_python.ts'
import { lexicalRules } from './lexical_rules.ts'
import type { NotebookParameter } from './parameter.ts'
import { python } from './translators/python.ts'
import type { Translator } from './translators/translator.ts'

/**
 * The parameters that the `parameters` cell declares, each name once, by its first assignment; null
 * when the notebook has no such cell.
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
