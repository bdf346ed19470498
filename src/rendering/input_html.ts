import { type CellIndex, cellTitle } from '../util/cell_name.ts'
import type { Fields } from './drawn_outputs.ts'
import { codeHtml } from './code_html.ts'
import { inputDisplay } from './hidden_input.ts'

interface Input {
  readonly source: string
  readonly number: CellIndex
  /** Of its syntax; null for none. */
  readonly language: string | null
}

/** The source of a cell that is not Markdown; folded, or left out, where the cell's metadata says so. */
export function inputHtml(cell: Fields, { source, number, language }: Input): string {
  const display = inputDisplay(cell)
  if (source.trim() === '' || display === 'removed') return ''
  const title = cellTitle(number)
  const code = `<pre class="source" tabindex="0"><code>${codeHtml(source, language)}</code></pre>`
  const shown =
    display === 'folded'
      ? `<details><summary class="cell-number">${title}</summary>${code}</details>`
      : `<p class="cell-number">${title}</p>${code}`
  return `<div class="input">${shown}</div>`
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
