import type { MimeBundle } from '../jupyter/nbformat.ts'
import { multilineText } from '../jupyter/read_field.ts'
import { jsonText } from '../util/json.ts'
import { isRecord } from '../util/record.ts'
import { escapeHtml } from './escape_html.ts'
import { sourcesOf } from './html_sources.ts'
import { latexHtml, markdownHtml } from './markdown.ts'
import {
  type Display,
  displayOf,
  type Library,
  missingType,
  type WidgetState,
} from './mime_types.ts'
import { heightScript, outputScript } from './page_scripts.ts'
import { needsFrame, safeHtml } from './safe_html.ts'
import { terminalHtml } from './terminal_html.ts'

/** What the outputs of a page need, and what it cannot show. */
export class PageNeeds {
  /** Those that draw in the page itself. */
  readonly libraries = new Set<Library>()
  /** Those that draw in its frames. */
  readonly frameLibraries = new Set<Library>()
  readonly missing = new Set<string>()
  hasFrames = false
  /** Whether it shows code. */
  hasInput = false
}

export interface OutputContext {
  readonly needs: PageNeeds
  readonly widgets: WidgetState
}

/** An output of nbformat as HTML. */
export function outputHtml(output: unknown, context: OutputContext): string {
  if (!isRecord(output)) return ''
  const { output_type: type, name, text, traceback, ename, evalue, data } = output
  if (type === 'stream')
    return terminalBlock(multilineText(text) ?? '', name === 'stderr' ? 'stderr' : '')
  if (type === 'error') {
    const lines =
      Array.isArray(traceback) && traceback.length > 0
        ? traceback
        : [`${String(ename)}: ${String(evalue)}`]
    return terminalBlock(lines.join('\n'), 'error')
  }
  return isRecord(data) ? bundleHtml(data, context) : ''
}

function bundleHtml(data: MimeBundle, context: OutputContext): string {
  const { needs, widgets } = context
  const display = displayOf(data, widgets)
  const missing = missingType(data, display)
  const note = missing === null ? '' : missingNote(missing, needs)
  return shownHtml(data, display, context) + note
}

function missingNote(what: string, { missing }: PageNeeds): string {
  missing.add(what)
  return `<p class="missing">This page cannot show ${escapeHtml(what)} here; JupyterLab can.</p>`
}

function shownHtml(data: MimeBundle, display: Display, context: OutputContext): string {
  const { way, type } = display
  const content = multilineText(data[type]) ?? ''
  switch (way) {
    case 'script':
      return scriptHtml(data, display, context)
    case 'html':
      return htmlOutput(content, context)
    case 'markdown':
      return `<div class="markdown">${markdownHtml(content)}</div>`
    case 'latex':
      return `<div class="markdown">${latexHtml(content)}</div>`
    case 'image':
      return imageHtml(type, content, multilineText(data['text/plain']))
    case 'text':
      return terminalBlock(content)
    case 'none':
      return ''
    default:
      return way satisfies never
  }
}

/** The place where a library draws; without scripts, what of the output needs none. */
function scriptHtml(
  data: MimeBundle,
  { library, type }: Extract<Display, { way: 'script' }>,
  { needs, widgets }: OutputContext,
): string {
  needs.libraries.add(library)
  const others = Object.fromEntries(
    Object.entries(data).filter(([each]) => /^(?:image\/|text\/plain)/.test(each)),
  )
  const still = shownHtml(others, displayOf(others, {}), { needs: new PageNeeds(), widgets })
  const kind = library === 'plotly_all' ? 'plotly' : library
  return `<div class="drawn" data-kind="${kind}"><div class="still">${still}</div>${dataScript(data[type])}</div>`
}

/** The state of the widgets, where the page shows any. */
export function widgetStateHtml({ needs, widgets }: OutputContext): string {
  if (!needs.libraries.has('widgets')) return ''
  const state = dataScript({ version_major: 2, version_minor: 0, state: widgets })
  return `<div id="widget-state" hidden>${state}</div>`
}

/** Data for a script of the page: no text in it can end the element. */
function dataScript(value: unknown): string {
  return `<script type="application/json">${jsonText(value).replaceAll('<', '\\u003c')}</script>`
}

/**
 * HTML in the page itself where nothing of it is lost, else in a frame with an opaque origin: its
 * scripts run there, and reach neither the page nor, by the page's policy, any network.
 */
function htmlOutput(html: string, { needs }: OutputContext): string {
  if (!needsFrame(html)) return `<div class="html">${safeHtml(html)}</div>`
  needs.hasFrames = true
  const { libraries, replaced, absent } = sourcesOf(html)
  for (const library of libraries) needs.frameLibraries.add(library)
  const data = `data-replaced="${escapeHtml(replaced)}" data-absent="${escapeHtml(JSON.stringify(absent))}"`
  const framed = `<style>${frameStyle}</style><script ${data}>${outputScript}</script>${html}<script>${heightScript}</script>`
  const content =
    libraries.length === 0
      ? `srcdoc="${escapeHtml(`<!doctype html><meta charset="utf-8">${framed}`)}"`
      : `data-libraries="${libraries.join(' ')}" data-html="${escapeHtml(framed)}"`
  const notes = absent.map((name) => missingNote(`text/html that loads ${name}`, needs))
  return `<iframe sandbox="allow-scripts" title="Output" ${content}></iframe>${notes.join('')}`
}

const frameStyle = `:root{color-scheme:light}body{margin:4px;font:14px/1.5 system-ui,sans-serif;background:#fff}
table{border-collapse:collapse;font-size:13px}th,td{padding:4px 10px;text-align:right}
.missing{padding:4px 10px;font-size:13.5px;color:#596170;border:1px dashed #e1e4ea}`

function imageHtml(type: string, content: string, text: string | null): string {
  const isSvg = type === 'image/svg+xml'
  const address = isSvg
    ? `data:${type},${encodeURIComponent(content)}`
    : `data:${type};base64,${content.replaceAll(/[^A-Za-z0-9+/=]/g, '')}`
  return `<img src="${address}" alt="${escapeHtml(text ?? 'Image')}">`
}

function terminalBlock(text: string, kind = ''): string {
  return `<pre class="${kind}" tabindex="0">${terminalHtml(text)}</pre>`
}
