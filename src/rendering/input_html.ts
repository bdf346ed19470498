import { tagsIn } from '../jupyter/nbformat.ts'
import { multilineText, recordOf } from '../jupyter/read_field.ts'
import { type CellIndex, cellTitle } from '../util/cell_name.ts'
import type { Fields } from './drawn_outputs.ts'
import { escapeHtml } from './escape_html.ts'

/** What all code on a page is in, which its switch hides. */
export const inputMark = '<div class="input">'

/** Tags of a cell whose code is folded, by Jupyter Book, and JupyterLab's own way to say it. */
const hidingTags = new Set(['hide-input', 'hide_input', 'hide-cell'])

/** The source of a cell that is not Markdown; folded where the cell's metadata says so. */
export function inputHtml(cell: Fields, number: CellIndex): string {
  const source = multilineText(cell['source']) ?? ''
  if (source.trim() === '') return ''
  const title = cellTitle(number)
  const code = `<pre class="source" tabindex="0"><code>${escapeHtml(source)}</code></pre>`
  const shown = isFolded(cell)
    ? `<details><summary class="cell-number">${title}</summary>${code}</details>`
    : `<p class="cell-number">${title}</p>${code}`
  return `${inputMark}${shown}</div>`
}

function isFolded({ metadata }: Fields): boolean {
  const { tags, jupyter } = recordOf(metadata)
  return (
    recordOf(jupyter)['source_hidden'] === true ||
    tagsIn(tags).some((tag) => hidingTags.has(String(tag)))
  )
}

/** Whether the notebook's metadata hides its code, as the extension "Hide input all" writes it. */
export function hidesCode(content: object): boolean {
  return recordOf(recordOf(content)['metadata'])['hide_input'] === true
}

interface Tools {
  /** Whether there is code to show. */
  readonly hasSwitch: boolean
  /** Whether the code is hidden at first. */
  readonly isOff: boolean
}

/** What a reader can do with the page; not printed. */
export function toolsHtml({ hasSwitch, isOff }: Tools): string {
  const checked = isOff ? '' : ' checked'
  const codeSwitch = `<label><input id="code" type="checkbox" role="switch"${checked}> Code</label>`
  const print = '<button id="print" type="button">Print or save as PDF</button>'
  return `<header class="tools">${hasSwitch ? codeSwitch : ''}${print}</header>`
}
