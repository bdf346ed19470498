import { readFile } from 'node:fs/promises'
import { cellNumbers, readNotebook } from '../jupyter/nbformat.ts'
import { multilineText } from '../jupyter/read_field.ts'
import type { CellIndex } from '../util/cell_name.ts'
import { packageRoot } from '../util/package.ts'
import { cellsOf, type Fields, outputsOf, widgetsOf } from './drawn_outputs.ts'
import { attachedImages, markdownHtml } from './markdown.ts'
import type { Library, WidgetState } from './mime_types.ts'
import { neededScripts } from './needed_scripts.ts'
import { escapeHtml } from './escape_html.ts'
import { hidesCode } from './hidden_input.ts'
import { inputHtml, toolsHtml } from './input_html.ts'
import { outputHtml, PageNeeds, widgetStateHtml } from './output_html.ts'
import { firstHeading } from './first_heading.ts'
import { pageDocument, type PageScript, policyWith } from './page_document.ts'
import { elementScript } from './page_scripts.ts'
import { pageStyle } from './page_style.ts'
import { scriptHash } from './script_hash.ts'

export interface PageOptions {
  /** The page's title where the notebook has no heading. */
  readonly name: string
  readonly hidesInput: boolean
  /** Takes secrets out of HTML: a page may show as one what a notebook holds in pieces. */
  readonly maskPage: (html: string) => string
}

export interface NotebookPage {
  readonly html: string
  /** The media types of outputs that it cannot show. */
  readonly missing: readonly string[]
}

/**
 * The notebook as one HTML file, which needs no network and by its own policy has none. The libraries
 * that draw its outputs are in it, and only those.
 */
export async function notebookPage(content: object, options: PageOptions): Promise<NotebookPage> {
  const needs = new PageNeeds()
  const widgets = widgetsOf(content)
  const cells = cellsOf(content)
  const notebook = readNotebook(content, options.name)
  const numbers = cellNumbers(notebook)
  const context = { needs, widgets, language: notebook.language, ...options }
  const body = cells
    .map((cell, index) => cellHtml(cell, numbers[index] ?? null, context))
    .join('\n')
  const title = firstHeading(content) ?? options.name
  const tools = toolsHtml({ hasSwitch: needs.hasInput, isOff: hidesCode(content) })
  const state = widgetStateHtml({ needs, widgets })
  const masked = options.maskPage(`${tools}<main>${body}</main>${state}`)
  const scripts = await neededScripts(needs, bundledScript)
  const html = pageDocument(
    {
      title: options.maskPage(escapeHtml(title)),
      styles: [pageStyle, ...(await stylesFor(needs))],
      body: masked,
      scripts,
    },
    policyFor(needs, scripts),
  )
  return { html, missing: [...needs.missing] }
}

interface CellContext {
  readonly needs: PageNeeds
  readonly widgets: WidgetState
  readonly hidesInput: boolean
  readonly maskPage: (html: string) => string
  /** Of the notebook's code. */
  readonly language: string | null
}

function cellHtml(cell: Fields, number: CellIndex, context: CellContext): string {
  if (cell['cell_type'] === 'markdown') {
    const html = markdownHtml(maskedSource(cell, context), attachedImages(cell['attachments']))
    return `<section class="markdown">${html}</section>`
  }
  const outputs = outputsOf(cell).map((output) => outputHtml(output, context))
  const isCode = cell['cell_type'] === 'code'
  const input = context.hidesInput && isCode ? '' : shownInput(cell, number, context)
  if (input === '' && outputs.length === 0) return ''
  if (input !== '') context.needs.hasInput = true
  return `<section class="code">${input}<div class="outputs">${outputs.join('\n')}</div></section>`
}

/** Of a cell with code, or of a raw cell. */
function shownInput(cell: Fields, number: CellIndex, context: CellContext): string {
  const language = cell['cell_type'] === 'code' ? context.language : null
  return inputHtml(cell, { source: maskedSource(cell, context), number, language })
}

/** Masked before colours divide it. */
function maskedSource(cell: Fields, { maskPage }: CellContext): string {
  return maskPage(multilineText(cell['source']) ?? '')
}

async function bundledScript(name: Library | 'report'): Promise<string> {
  return elementScript(await asset(`${name}.js`))
}

async function stylesFor({ libraries }: PageNeeds): Promise<readonly string[]> {
  return libraries.has('widgets') ? [await asset('widgets.css')] : []
}

async function asset(file: `${Library | 'report'}.js` | 'widgets.css'): Promise<string> {
  return await readFile(new URL(`build/bundle/embed/${file}`, packageRoot), 'utf8')
}

/** Only the page's own scripts, by their hashes; frames inherit the policy, and theirs need it to allow any. */
function policyFor({ hasFrames }: PageNeeds, scripts: readonly PageScript[]): string {
  return policyWith(hasFrames ? null : scripts.map(({ text }) => scriptHash(text)))
}
