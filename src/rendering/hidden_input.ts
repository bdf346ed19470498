import { injectedTag, tagsIn } from '../jupyter/nbformat.ts'
import { recordOf } from '../jupyter/read_field.ts'
import { cellsOf, type Fields } from './drawn_outputs.ts'

/** What a cell's metadata make of its code. */
export type InputDisplay = 'shown' | 'folded' | 'removed'

/** Tags of a cell whose code is folded by Jupyter Book. */
const foldingTags = new Set<unknown>(['hide-input', 'hide_input', 'hide-cell'])
/** Tags of a cell whose code Jupyter Book leaves out, and nbconvert by its usual settings. */
const removingTags = new Set<unknown>(['remove-input', 'remove_input'])

/**
 * By a tag, by JupyterLab's `jupyter.source_hidden`, which papermill's report mode sets, or by the
 * classic notebook's `hide_input`.
 */
export function inputDisplay({ metadata }: Fields): InputDisplay {
  const { tags, jupyter, hide_input: isHidden } = recordOf(metadata)
  const all = tagsIn(tags)
  if (all.some((tag) => removingTags.has(tag))) return 'removed'
  const isFolded = isHidden === true || recordOf(jupyter)['source_hidden'] === true
  return isFolded || all.some((tag) => foldingTags.has(tag)) ? 'folded' : 'shown'
}

/** Whether the metadata of the notebook, or of a cell, hide code. */
export function hidesSomeCode(content: object): boolean {
  return hidesCode(content) || codeCells(content).some((cell) => inputDisplay(cell) !== 'shown')
}

/**
 * Whether all code is hidden: by the notebook's metadata, as the extension "Hide input all" writes it,
 * or in every cell. The cell with the parameters of a run does not count: its author could not hide it.
 */
export function hidesCode(content: object): boolean {
  if (recordOf(recordOf(content)['metadata'])['hide_input'] === true) return true
  const own = codeCells(content).filter(
    ({ metadata }) => !tagsIn(recordOf(metadata)['tags']).includes(injectedTag),
  )
  return own.length > 0 && own.every((cell) => inputDisplay(cell) !== 'shown')
}

function codeCells(content: object): readonly Fields[] {
  return cellsOf(content).filter((cell) => cell['cell_type'] === 'code')
}
