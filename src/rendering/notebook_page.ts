import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { cellNumbers, readNotebook } from '../jupyter/nbformat.ts'
import { multilineText } from '../jupyter/read_field.ts'
import { type CellIndex, cellTitle } from '../util/cell_name.ts'
import { packageRoot } from '../util/package.ts'
import { isRecord } from '../util/record.ts'
import { cellsOf, type Fields, outputsOf, widgetsOf } from './drawn_outputs.ts'
import { markdownHtml } from './markdown.ts'
import type { Library, WidgetState } from './mime_types.ts'
import { dataScript, escapeHtml, outputHtml, PageNeeds } from './output_html.ts'
import { pageStyle } from './page_style.ts'

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
  const numbers = cellNumbers(readNotebook(content, options.name))
  const body = cells
    .map((cell, index) => cellHtml(cell, numbers[index] ?? null, { needs, widgets, ...options }))
    .join('\n')
  const title = firstHeading(cells) ?? options.name
  const state = needs.libraries.has('widgets')
    ? `<div id="widget-state" hidden>${dataScript({ version_major: 2, version_minor: 0, state: widgets })}</div>`
    : ''
  const masked = options.maskPage(`<main>${body}</main>${state}`)
  const scripts = await scriptsFor(needs)
  const head = [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policyFor(needs, scripts)}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${options.maskPage(escapeHtml(title))}</title><style>${pageStyle}</style>`,
    ...(await stylesFor(needs)).map((style) => `<style>${style}</style>`),
    '</head><body>',
  ].join('\n')
  const tail = scripts.map((script) => `<script>${script}</script>`).join('\n')
  return { html: `${head}${masked}${tail}</body></html>\n`, missing: [...needs.missing] }
}

interface CellContext {
  readonly needs: PageNeeds
  readonly widgets: WidgetState
  readonly hidesInput: boolean
}

function cellHtml(cell: Fields, number: CellIndex, context: CellContext): string {
  const source = multilineText(cell['source']) ?? ''
  if (cell['cell_type'] === 'markdown') {
    return `<section class="markdown">${markdownHtml(source, attachmentsOf(cell))}</section>`
  }
  const outputs = outputsOf(cell).map((output) => outputHtml(output, context))
  const isCode = cell['cell_type'] === 'code'
  const input = context.hidesInput && isCode ? '' : inputHtml(source, number)
  if (input === '' && outputs.length === 0) return ''
  return `<section class="code">${input}<div class="outputs">${outputs.join('\n')}</div></section>`
}

function inputHtml(source: string, number: CellIndex): string {
  if (source.trim() === '') return ''
  const code = `<pre class="source" tabindex="0"><code>${escapeHtml(source)}</code></pre>`
  return `<p class="cell-number">${cellTitle(number)}</p>${code}`
}

function attachmentsOf({ attachments }: Fields): ReadonlyMap<string, string> {
  const files = isRecord(attachments) ? Object.entries(attachments) : []
  return new Map(
    files.flatMap(([name, bundle]) => {
      const [type, value] = Object.entries(isRecord(bundle) ? bundle : {})[0] ?? []
      const base64 = multilineText(value)?.replaceAll(/[^A-Za-z0-9+/=]/g, '')
      return type === undefined || base64 === undefined
        ? []
        : [[name, `data:${type};base64,${base64}`] as const]
    }),
  )
}

/** The text of the first heading of a Markdown cell; null when there is none. */
function firstHeading(cells: readonly Fields[]): string | null {
  for (const { cell_type: type, source } of cells) {
    const text = type === 'markdown' ? multilineText(source) : null
    const heading = /^ {0,3}#{1,6}[ \t]+(.+?)[ \t#]*$/m.exec(text ?? '')?.[1]
    if (heading !== undefined) return heading.replaceAll(/[*_`]/g, '')
  }
  return null
}

/** Resizes the frames as they ask, within limits; listens to nothing else. */
const frameScript = `addEventListener('message',({source,data})=>{
const height=data?.height
if(!Number.isFinite(height)||height<0)return
for(const frame of document.querySelectorAll('iframe'))
if(frame.contentWindow===source)frame.style.height=Math.min(height+8,4000)+'px'})`

/** plotly's complete build has all that the small one has. */
async function scriptsFor({ libraries, hasFrames }: PageNeeds): Promise<readonly string[]> {
  const names = [...libraries].filter((name) => name !== 'plotly' || !libraries.has('plotly_all'))
  const scripts = await Promise.all(names.map((name) => asset(`${name}.js`)))
  return [...(hasFrames ? [frameScript] : []), ...scripts.map(withoutEnd)]
}

async function stylesFor({ libraries }: PageNeeds): Promise<readonly string[]> {
  return libraries.has('widgets') ? [await asset('widgets.css')] : []
}

async function asset(file: `${Library}.js` | 'widgets.css'): Promise<string> {
  return await readFile(new URL(`build/bundle/embed/${file}`, packageRoot), 'utf8')
}

/** A script in an element must not hold the end of it. */
function withoutEnd(script: string): string {
  return script.trim().replaceAll(/<\/(script)/gi, '<\\/$1')
}

/** Only the page's own scripts, by their hashes; a frame's scripts need the policy to allow any. */
function policyFor({ hasFrames }: PageNeeds, scripts: readonly string[]): string {
  const hashes = scripts.map(
    (script) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`,
  )
  const allowed = hasFrames ? "'unsafe-inline' 'unsafe-eval'" : hashes.join(' ') || "'none'"
  return [
    "default-src 'none'",
    `script-src ${allowed}`,
    "style-src 'unsafe-inline'",
    'img-src data: blob:',
    'font-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
}
