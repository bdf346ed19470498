import type { Library } from './mime_types.ts'

/** What a page consists of, as HTML. */
export interface PageContent {
  readonly title: string
  /** The style sheets' texts. */
  readonly styles: readonly string[]
  readonly body: string
  readonly scripts: readonly PageScript[]
}

export interface PageScript {
  /** As `elementScript()` gives it. */
  readonly text: string
  /** Frames find a library by its name. */
  readonly library?: Library
  /** Whether it is there only for frames. */
  readonly isLent?: boolean
  /** Whether it has to run before the frames of the page, which may load before its end. */
  readonly isFirst?: boolean
  /** By which the policy of the page names it, where it does not by its hash. */
  readonly nonce?: string
}

const beginning = '<!doctype html><html lang="en"><head><meta charset="utf-8">\n'
const policyBeginning = '<meta http-equiv="Content-Security-Policy" content="'

/** A whole page in one text; `policy` is its content security policy, where it has one of its own. */
export function pageDocument(
  { title, styles, body, scripts }: PageContent,
  policy: string | null,
): string {
  const head = [
    policy === null ? '' : `${policyBeginning}${policy}">`,
    '<meta http-equiv="x-dns-prefetch-control" content="off">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${title}</title>`,
    ...styles.map((style) => `<style>${style}</style>`),
    ...scripts.filter(({ isFirst }) => isFirst).map(scriptTag),
    '</head><body>',
  ].join('\n')
  const tail = scripts
    .filter(({ isFirst }) => !isFirst)
    .map(scriptTag)
    .join('\n')
  return `${beginning}${head}${body}${tail}</body></html>\n`
}

function scriptTag({ text, library, isLent = false, nonce }: PageScript): string {
  const name = library === undefined ? '' : ` data-library="${library}"`
  const named = nonce === undefined ? '' : ` nonce="${nonce}"`
  return `<script${named}${name}${isLent ? ' type="text/plain"' : ''}>${text}</script>`
}

/** The policy of a page whose scripts are named by their hashes; null allows any script. */
export function policyWith(hashes: readonly string[] | null): string {
  const allowed = hashes === null ? "'unsafe-inline' 'unsafe-eval'" : hashes.join(' ')
  return `${scriptPolicy}${allowed}; ${closedPolicy}`
}

const scriptPolicy = "default-src 'none'; script-src "

/** Whether a page has a policy that names its scripts, so that no script of a notebook runs in it. */
export function namesItsScripts(html: string): boolean {
  return html.startsWith(`${beginning}${policyBeginning}${scriptPolicy}'sha256-`)
}

/** What no page may do, whatever its scripts are: the rest of a policy behind `script-src`. */
export const closedPolicy = [
  "style-src 'unsafe-inline'",
  'img-src data: blob:',
  'font-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "webrtc 'block'",
].join('; ')
