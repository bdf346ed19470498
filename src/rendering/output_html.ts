import { AnsiUp } from 'ansi_up'
import type { MimeBundle } from '../jupyter/nbformat.ts'
import { multilineText } from '../jupyter/read_field.ts'
import { jsonText } from '../util/json.ts'
import { isRecord } from '../util/record.ts'
import { safeText } from '../util/text.ts'
import { latexHtml, markdownHtml } from './markdown.ts'
import {
  type Display,
  displayOf,
  type Library,
  missingType,
  type WidgetState,
} from './mime_types.ts'
import { needsFrame, safeHtml } from './safe_html.ts'

/** What the outputs of a page need, and what it cannot show. */
export class PageNeeds {
  readonly libraries = new Set<Library>()
  readonly missing = new Set<string>()
  hasFrames = false
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
    return ansiBlock(multilineText(text) ?? '', name === 'stderr' ? 'stderr' : '')
  if (type === 'error') {
    const lines =
      Array.isArray(traceback) && traceback.length > 0
        ? traceback
        : [`${String(ename)}: ${String(evalue)}`]
    return ansiBlock(lines.join('\n'), 'error')
  }
  return isRecord(data) ? bundleHtml(data, context) : ''
}

function bundleHtml(data: MimeBundle, context: OutputContext): string {
  const { needs, widgets } = context
  const display = displayOf(data, widgets)
  const missing = missingType(data, display)
  if (missing !== null) needs.missing.add(missing)
  const note =
    missing === null
      ? ''
      : `<p class="missing">This page cannot show ${escapeHtml(missing)} here; JupyterLab can.</p>`
  return shownHtml(data, display, context) + note
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
      return ansiBlock(content)
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

/** Data for a script of the page: no text in it can end the element. */
export function dataScript(value: unknown): string {
  return `<script type="application/json">${jsonText(value).replaceAll('<', '\\u003c')}</script>`
}

/**
 * HTML in the page itself where nothing of it is lost, else in a frame with an opaque origin: its
 * scripts run there, and reach neither the page nor, by the page's policy, any network.
 */
function htmlOutput(html: string, { needs }: OutputContext): string {
  if (!needsFrame(html)) return `<div class="html">${safeHtml(html)}</div>`
  needs.hasFrames = true
  const framed = `<!doctype html><meta charset="utf-8"><style>${frameStyle}</style>${html}${heightScript}`
  return `<iframe sandbox="allow-scripts" title="Output" srcdoc="${escapeHtml(framed)}"></iframe>`
}

const frameStyle = `:root{color-scheme:light}body{margin:4px;font:14px/1.5 system-ui,sans-serif;background:#fff}
table{border-collapse:collapse;font-size:13px}th,td{padding:4px 10px;text-align:right}`

/** Tells the page its height, and nothing else. */
const heightScript = `<script>{const tell=()=>parent.postMessage({height:document.documentElement.scrollHeight},'*');
new ResizeObserver(tell).observe(document.documentElement);addEventListener('load',tell)}</script>`

function imageHtml(type: string, content: string, text: string | null): string {
  const isSvg = type === 'image/svg+xml'
  const address = isSvg
    ? `data:${type},${encodeURIComponent(content)}`
    : `data:${type};base64,${content.replaceAll(/[^A-Za-z0-9+/=]/g, '')}`
  return `<img src="${address}" alt="${escapeHtml(text ?? 'Image')}">`
}

function ansiBlock(text: string, kind = ''): string {
  const ansi = new AnsiUp()
  ansi.use_classes = false
  ansi.url_allowlist = {}
  const shown = withoutOverwritten(text)
  const html = ansi.ansi_to_html(shown)
  return `<pre class="${kind}" tabindex="0">${safeText(html)}</pre>`
}

/** Of a line that overwrites itself, as progress bars do, what is left in the end. */
function withoutOverwritten(text: string): string {
  const lines = text.replaceAll('\r\n', '\n').split('\n')
  return lines.map((line) => line.split('\r').findLast((part) => part !== '') ?? '').join('\n')
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}

export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => entities[character] ?? '')
}
