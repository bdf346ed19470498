import hljs from 'highlight.js/lib/core'
import bash from 'highlight.js/lib/languages/bash'
import csharp from 'highlight.js/lib/languages/csharp'
import javascript from 'highlight.js/lib/languages/javascript'
import julia from 'highlight.js/lib/languages/julia'
import python from 'highlight.js/lib/languages/python'
import r from 'highlight.js/lib/languages/r'
import scala from 'highlight.js/lib/languages/scala'
import sql from 'highlight.js/lib/languages/sql'
import typescript from 'highlight.js/lib/languages/typescript'
import { safeText } from '../util/text.ts'
import { escapeHtml } from './escape_html.ts'

/** Each of them also has the short names that Markdown uses, as "py". */
const languages = { bash, csharp, javascript, julia, python, r, scala, sql, typescript }
for (const [name, grammar] of Object.entries(languages)) hljs.registerLanguage(name, grammar)

/** Longer code is shown without colours: a page has to appear at once. */
const maxCharacters = 50_000

/**
 * Source code as HTML: text, and elements with the classes of `codeStyle`. `language` is a name as
 * kernels and Markdown give it; without colours where it is null, or not known here.
 */
export function codeHtml(source: string, language: string | null): string {
  const code = safeText(source)
  const name = magicLanguage(code) ?? language?.toLowerCase()
  if (name === undefined || code.length > maxCharacters || hljs.getLanguage(name) === undefined)
    return escapeHtml(code)
  return hljs.highlight(code, { language: name, ignoreIllegals: true }).value
}

/** What a cell magic of IPython says of the code below it. */
function magicLanguage(code: string): string | undefined {
  const [, magic = ''] = /^\s*%%(bash|sh|javascript|js|sql|r|julia)\b/i.exec(code) ?? []
  return magic === '' ? undefined : magic.toLowerCase()
}

/** The colours of code, in light and dark: each can be read on the ground of code. */
export const codeStyle = Object.entries({
  '#6a2796,#d6a6ff': 'keyword literal',
  '#176b3f,#74d4a1': 'string regexp',
  '#8a4600,#f0b478': 'number symbol bullet',
  '#2746b8,#a8b8ff': 'title built_in type attr',
  '#596170,#a0a8b5': 'comment quote',
  '#8f2a6b,#f0a3cf': 'meta decorator',
  '#1b1f27,#e7e9ed': 'subst',
})
  .map(([colours, kinds]) => {
    const names = kinds.split(' ').map((kind) => `.hljs-${kind}`)
    return `${names.join()}{color:light-dark(${colours})}`
  })
  .join('\n')
