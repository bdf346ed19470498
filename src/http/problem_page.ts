import { escapeHtml } from '../rendering/escape_html.ts'
import { plainText } from '../util/text.ts'
import type { Problem, Reply } from './reply.ts'

const style = `:root{color-scheme:light dark;font:16px/1.55 system-ui,sans-serif}
body{max-width:46rem;margin:12vh auto;padding:0 1.5rem;overflow-wrap:anywhere}
h1{font-size:1.4rem;line-height:1.3}pre{overflow:auto;font-size:.85rem}
p.code{color:GrayText;font-size:.85rem}`

/** The page for a person whose browser asked, in place of the problem document. */
export function problemPage({ status, headers }: Reply, problem: Problem): Reply {
  const traceback = problem.report?.error?.traceback?.join('\n') ?? ''
  const run = problem.runId === undefined ? '' : ` · run ${problem.runId}`
  const body = [
    '<!doctype html><html lang="en"><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeHtml(problem.title)}</title><style>${style}</style>`,
    `<main><h1>${escapeHtml(problem.title)}</h1><p>${escapeHtml(problem.detail)}</p>`,
    traceback === '' ? '' : `<pre>${escapeHtml(plainText(traceback))}</pre>`,
    `<p class="code">${status} · ${escapeHtml(problem.code + run)}</p></main></html>`,
  ].join('\n')
  return { status, headers: { ...headers, ...pageHeaders }, body }
}

const pageHeaders = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy':
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}
