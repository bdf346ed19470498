/** What a page consists of, as HTML. */
export interface PageContent {
  readonly title: string
  /** The style sheets' texts. */
  readonly styles: readonly string[]
  readonly body: string
  /** The scripts' texts, each as `elementScript()` gives it. */
  readonly scripts: readonly string[]
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
  const tail = scripts.map((script) => `<script>${script}</script>`).join('\n')
  return `${head}${body}${tail}</body></html>\n`
}

/** What no page may do, whatever its scripts are: the rest of a policy behind `script-src`. */
export const closedPolicy = [
  "style-src 'unsafe-inline'",
  'img-src data: blob:',
  'font-src data:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')
