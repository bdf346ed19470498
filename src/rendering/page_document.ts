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
}

/** A whole page in one text; `policy` is its content security policy, where it has one of its own. */
export function pageDocument(
  { title, styles, body, scripts }: PageContent,
  policy: string | null,
): string {
  const policyTag =
    policy === null ? '' : `<meta http-equiv="Content-Security-Policy" content="${policy}">`
  const head = [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    policyTag,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${title}</title>`,
    ...styles.map((style) => `<style>${style}</style>`),
    '</head><body>',
  ].join('\n')
  const tail = scripts.map(scriptTag).join('\n')
  return `${head}${body}${tail}</body></html>\n`
}

function scriptTag({ text, library, isLent = false }: PageScript): string {
  const name = library === undefined ? '' : ` data-library="${library}"`
  return `<script${name}${isLent ? ' type="text/plain"' : ''}>${text}</script>`
}

/** What no page may do, whatever its scripts are: the rest of a policy behind `script-src`. */
export const closedPolicy = [
  "style-src 'unsafe-inline'",
  'img-src data: blob:',
  'font-src data:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')
