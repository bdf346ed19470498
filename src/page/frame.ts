import { escapeHtml } from '../rendering/escape_html.ts'
import type { Library } from '../rendering/mime_types.ts'
import { closedPolicy, pageDocument } from '../rendering/page_document.ts'
import { frameScript, heightScript, trustedTypesScript } from '../rendering/page_scripts.ts'
import { pageStyle } from '../rendering/page_style.ts'
import { element } from './element.ts'
import type { FrameContent } from './outputs.ts'
import { embeddedScript, widgetStyle } from './scripts.ts'

/** A frame that shows this content, as high as it is. Rejects when a library cannot be loaded. */
export async function contentFrame(
  { body, libraries, hasFrames }: FrameContent,
  title: string,
): Promise<HTMLIFrameElement> {
  const scripts = await Promise.all([...libraries, 'report' as const].map(embeddedScript))
  const own = [heightScript, ...(hasFrames ? [frameScript] : [])]
  const html = pageDocument(
    {
      title: escapeHtml(title),
      styles: [pageStyle, frameStyle, ...(await stylesFor(libraries))],
      body,
      scripts: [...own, ...scripts],
    },
    null,
  )
  return sandboxFrame(html, title)
}

async function stylesFor(libraries: readonly Library[]): Promise<readonly string[]> {
  return libraries.includes('widgets') ? [await widgetStyle()] : []
}

/** In place of the margins of a page of its own. */
const frameStyle =
  'body{max-width:none;margin:0;padding:1px 8px}:root{--ground:light-dark(#fff,#1d2025)}'

interface MarkupPolicy {
  createHTML(markup: string): string
}

interface PolicyFactory {
  createPolicy(name: string, rules: MarkupPolicy): MarkupPolicy
}

/** The Trusted Types policy that the content security policy allows; undefined in older browsers. */
const policy = policyFactory()?.createPolicy('nbtrigger-sandbox', {
  createHTML: (markup) => markup,
})

function policyFactory(): PolicyFactory | undefined {
  const { trustedTypes }: { readonly trustedTypes?: PolicyFactory } = Object(globalThis)
  return trustedTypes
}

/**
 * A stricter policy in addition to the inherited one, before the markup, so that it applies to all of
 * it: the frame cannot connect to this service either. Of scripts, this one forbids those with an
 * address, and the inherited one those in the markup, except ours.
 */
const framePolicy = `default-src 'none'; script-src 'unsafe-inline'; ${closedPolicy}`
const frameHead = `<!doctype html><meta charset="utf-8"><meta http-equiv="content-security-policy"
content="${framePolicy}"><script>${trustedTypesScript}</script>`

/** Disables links out of the frame, which would only show an error page. */
const frameTail = '<style>a:not([href^="#"],[download]){pointer-events:none}</style>'

/**
 * A sandboxed frame for untrusted markup, with an opaque origin. It runs the scripts of ours that the
 * page's policy names and no others, and can neither navigate, open windows, submit forms nor use the
 * network. It may offer files to keep.
 */
export function sandboxFrame(
  markup: string,
  title: string,
  { maxPixels, allowed }: FrameOptions = usual,
): HTMLIFrameElement {
  const sandbox = `allow-scripts allow-downloads ${allowed}`.trim()
  const frame = element('iframe', { sandbox, title, referrerpolicy: 'no-referrer' })
  const html = `${frameHead}${markup}${frameTail}`
  frame.srcdoc = policy?.createHTML(html) ?? html
  heights.set(frame, maxPixels)
  return frame
}

interface FrameOptions {
  /** Its maximum height; what is longer scrolls. */
  readonly maxPixels: number
  /** What else the sandbox allows. */
  readonly allowed: '' | 'allow-modals'
}

const usual: FrameOptions = { maxPixels: 4_000, allowed: '' }

/** The maximum height of each frame; removed frames are forgotten. */
const heights = new WeakMap<HTMLIFrameElement, number>()

addEventListener('message', ({ source, origin, data }) => {
  const height = origin === 'null' ? readHeight(data) : null
  if (height === null) return
  const frame = [...document.querySelectorAll('iframe')].find(
    ({ contentWindow }) => contentWindow === source,
  )
  const maxHeight = frame && heights.get(frame)
  if (frame && maxHeight)
    frame.style.height = `${Math.min(maxHeight, Math.ceil(height) + border)}px`
})

/** Above and below the frame's document. */
const border = 2

/** A frame may say how high it is; whatever else it says is not for us. */
function readHeight(message: unknown): number | null {
  const { height }: { readonly height?: unknown } = Object(message)
  return typeof height === 'number' && Number.isFinite(height) && height >= 0 ? height : null
}
