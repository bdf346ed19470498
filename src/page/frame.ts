import { escapeHtml } from '../rendering/escape_html.ts'
import { neededScripts } from '../rendering/needed_scripts.ts'
import { namesItsScripts, pageDocument } from '../rendering/page_document.ts'
import { pageStyle } from '../rendering/page_style.ts'
import { element } from './element.ts'
import type { FrameContent } from './outputs.ts'
import { embeddedScript, frameAddress, widgetStyle } from './scripts.ts'

/** A frame that shows this content, as high as it is. Rejects when a library cannot be loaded. */
export async function contentFrame(
  { body, needs }: FrameContent,
  title: string,
): Promise<HTMLIFrameElement> {
  const scripts = await neededScripts(needs, embeddedScript)
  const styles = [pageStyle, frameStyle]
  if (needs.libraries.has('widgets')) styles.push(await widgetStyle())
  const content = { title: escapeHtml(title), styles, body }
  if (needs.hasFrames) return sandboxFrame(pageDocument({ ...content, scripts }, null), title)
  const nonce = randomName()
  const named = scripts.map((script) => ({ ...script, nonce }))
  const html = pageDocument({ ...content, scripts: named }, `script-src 'nonce-${nonce}'`)
  return sandboxFrame(html, title, { allowed: ['allow-downloads'] })
}

/** Hashes of scripts can be made only where the page is served with HTTPS. */
function randomName(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join(
    '',
  )
}

/**
 * The page of a notebook, which also prints itself. Files are offered only where no script but its own
 * runs: browsers apply no policy to the address of what they download.
 */
export function notebookFrame(html: string, title: string, maxPixels: number): HTMLIFrameElement {
  const isClosed = namesItsScripts(html)
  return sandboxFrame(isClosed ? html : `${html}${withoutFiles}`, title, {
    maxPixels,
    allowed: isClosed ? ['allow-modals', 'allow-downloads'] : ['allow-modals'],
  })
}

/** Hides what offers files: the buttons of the page, of plotly and of Vega. */
const withoutFiles =
  '<style>.keep,.modebar-btn[data-title^="Download"],.vega-embed>details{display:none!important}</style>'

/** In place of the margins of a page of its own. */
const frameStyle =
  'body{max-width:none;margin:0;padding:1px 8px}:root{--ground:light-dark(#fff,#1d2025)}'

const address = frameAddress()

/*
 * The policy of the service allows frames of its own documents, since it does not know under which
 * address a browser reaches it. This allows one of them: a script in a frame could go to others.
 * Policies cannot name IPv6 addresses: there it is left to the documents in the frames, in which no
 * script of a notebook runs, except in frames inside them, which may go nowhere.
 */
if (!address.hostname.startsWith('[')) {
  const content = `frame-src ${address.origin}${address.pathname.replaceAll(/[;,]/g, encodeURIComponent)}`
  document.head.append(element('meta', { 'http-equiv': 'Content-Security-Policy', content }))
}

/** Disables links out of the frame, which would only show an error page. */
const frameTail = '<style>a:not([href^="#"],[download]){pointer-events:none}</style>'

/**
 * A sandboxed frame for untrusted markup, with an opaque origin. Its document has a policy of its own:
 * scripts run there, and can neither reach this page, connect, navigate, open windows nor submit forms.
 */
function sandboxFrame(
  markup: string,
  title: string,
  { maxPixels = usualPixels, allowed = [] }: FrameOptions = {},
): HTMLIFrameElement {
  const sandbox = ['allow-scripts', ...allowed].join(' ')
  const attributes = { sandbox, title, referrerpolicy: 'no-referrer', src: address.href }
  const frame = element('iframe', attributes)
  contents.set(frame, { html: `${markup}${frameTail}`, maxPixels })
  return frame
}

interface FrameOptions {
  /** Its maximum height; what is longer scrolls. */
  readonly maxPixels?: number
  /** What else the sandbox allows. */
  readonly allowed?: readonly ('allow-modals' | 'allow-downloads')[]
}

const usualPixels = 4_000

interface Shown {
  /** Null once the frame has it: it is sent once, whatever a script in a frame asks for. */
  html: string | null
  readonly maxPixels: number
}

/** What each frame shows; removed frames are forgotten. */
const contents = new WeakMap<HTMLIFrameElement, Shown>()

addEventListener('message', ({ source, origin, data }) => {
  const frame = [...document.querySelectorAll('iframe')].find(
    ({ contentWindow }) => contentWindow === source,
  )
  const shown = frame && contents.get(frame)
  if (frame === undefined || shown === undefined || origin !== 'null') return
  const { isReady, height }: FrameMessage = Object(data)
  if (isReady === true && shown.html !== null) {
    frame.contentWindow?.postMessage(shown.html, '*') // it has no origin to name
    shown.html = null
  }
  if (isHeight(height))
    frame.style.height = `${Math.min(shown.maxPixels, Math.ceil(height) + border)}px`
})

/** What a frame may say; whatever else it says is not for us. */
interface FrameMessage {
  /** Whether its document waits for what it is to show. */
  readonly isReady?: unknown
  /** Of its content, in pixels. */
  readonly height?: unknown
}

/** Above and below the frame's document. */
const border = 2

function isHeight(height: unknown): height is number {
  return typeof height === 'number' && Number.isFinite(height) && height >= 0
}
