import type { MimeBundle } from '../jupyter/nbformat.ts'
import { element } from './element.ts'
import { shownText } from './terminal_text.ts'

const imageTypes = ['image/png', 'image/jpeg', 'image/svg+xml', 'image/gif', 'image/webp']
const textTypes = ['text/markdown', 'text/latex', 'text/plain', 'application/json']
const maxCharacters = 100_000

/** Shows a display or a result: an image, else markup in a sandboxed frame, else text. */
export function richOutput(data: MimeBundle, title: string): HTMLElement {
  for (const type of imageTypes) {
    const content = textOf(data[type])
    if (content !== null) return image(addressOf(type, content), textOf(data['text/plain']), title)
  }
  const markup = textOf(data['text/html'])
  if (markup !== null) return markupFrame(markup, title)
  const type = textTypes.find((each) => data[each] !== undefined) ?? Object.keys(data)[0]
  const text =
    type === undefined ? null : (textOf(data[type]) ?? JSON.stringify(data[type], null, 2))
  return textBlock(text ?? '', title)
}

export function textBlock(text: string, title: string, kind = ''): HTMLElement {
  const shown = shownText(text)
  const isLong = shown.length > maxCharacters
  const note = `The first ${maxCharacters.toLocaleString('en')} characters of ${shown.length.toLocaleString('en')}`
  return element(
    'div',
    {},
    element(
      'pre',
      { class: `text ${kind}`, tabindex: '0', role: 'group', 'aria-label': title },
      isLong ? shown.slice(0, maxCharacters) : shown,
    ),
    isLong ? element('p', { class: 'note cut' }, note) : null,
  )
}

function addressOf(type: string, content: string): string {
  if (type === 'image/svg+xml') return `data:${type},${encodeURIComponent(content)}`
  return `data:${type};base64,${content.replaceAll(/\s/g, '')}`
}

function image(address: string, text: string | null, title: string): HTMLElement {
  const shown = element('img', { alt: text === null ? title : `${title}: ${text}` })
  shown.src = address
  return element('div', { class: 'paper' }, shown)
}

/** Table style like that of notebooks, for markup without styles. */
const style = `:root{color-scheme:light}
body{margin:10px;font:14px/1.5 system-ui,sans-serif;color:#1d2129;background:#fff}
table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums}
th,td{padding:5px 12px;text-align:right;vertical-align:top}
thead th{border-bottom:1px solid #aab1bd}
tbody tr:nth-child(odd){background:#f4f6f8}
img,svg{max-width:100%}`

const minPixels = 60
const maxPixels = 440

function markupFrame(markup: string, title: string): HTMLElement {
  const frame = sandboxFrame(`<style>${style}</style>${markup}`, title)
  frame.className = 'markup'
  frame.style.height = `${guessedPixels(markup)}px`
  const note = 'Its scripts do not run here. The executed notebook can be downloaded, and has them'
  return element(
    'div',
    { class: 'paper' },
    frame,
    /<script\b/i.test(markup) ? element('p', { class: 'note cut' }, note) : null,
  )
}

/** Estimated height: the page cannot measure the sandboxed frame. Users can resize it. */
function guessedPixels(markup: string): number {
  const rows = markup.match(/<(?:tr|p|br|li|h[1-6]|div|pre)\b/gi)?.length ?? 0
  return Math.min(maxPixels, Math.max(minPixels, 36 + rows * 30))
}

/** Reads nbformat's multiline string, a string or a list of lines. */
function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value
  return Array.isArray(value) && value.every((line) => typeof line === 'string')
    ? value.join('')
    : null
}

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

/**
 * Adds a stricter policy to the inherited one: the frame cannot connect to this service either. It
 * precedes the markup, so that it applies to all of it.
 */
const frameHead = `<!doctype html><meta charset="utf-8"><meta http-equiv="content-security-policy"
content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:">`

/** Disables links out of the frame, which would only show an error page. */
const frameTail = '<style>a:not([href^="#"]){pointer-events:none}</style>'

/**
 * A sandboxed frame for untrusted markup. It has an opaque origin, runs no scripts, and can neither
 * navigate, open windows, submit forms nor use the network.
 */
export function sandboxFrame(markup: string, title: string): HTMLIFrameElement {
  const frame = element('iframe', { sandbox: '', title, referrerpolicy: 'no-referrer' })
  const html = `${frameHead}${markup}${frameTail}`
  frame.srcdoc = policy?.createHTML(html) ?? html
  return frame
}

function policyFactory(): PolicyFactory | undefined {
  const { trustedTypes }: { readonly trustedTypes?: PolicyFactory } = Object(globalThis)
  return trustedTypes
}
