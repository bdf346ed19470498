import katexPlugin from '@vscode/markdown-it-katex'
import katex from 'katex'
import MarkdownIt from 'markdown-it'
import { multilineText, recordOf } from '../jupyter/read_field.ts'
import { percentDecoded } from '../util/text.ts'
import { codeHtml } from './code_html.ts'
import { safeHtml } from './safe_html.ts'

/** MathML is drawn by browsers themselves: no fonts, styles or scripts are needed for it. */
const math = { output: 'mathml', throwOnError: false } as const

const highlight = (code: string, language: string) => codeHtml(code, language)

const markdown = new MarkdownIt({ html: true, linkify: false, highlight }).use(
  // A CommonJS module: its plugin is the export, or the default one of it.
  'default' in katexPlugin ? katexPlugin.default : katexPlugin,
  math,
)
markdown.validateLink = (link) => /^(?:https?:|mailto:|#|data:image\/)/i.test(link.trim())

/** Markdown with LaTeX as HTML; `attachments` are the images of a cell, by name. */
export function markdownHtml(
  source: string,
  attachments: ReadonlyMap<string, string> = new Map(),
): string {
  const withImages = source.replaceAll(/attachment:([^)\s"']+)/g, (link, name: string) => {
    return attachments.get(percentDecoded(name) ?? name) ?? link
  })
  return safeHtml(markdown.render(withImages))
}

/** The images of a cell's `attachments`, by name, as addresses with their data. */
export function attachedImages(attachments: unknown): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(recordOf(attachments)).flatMap(([name, bundle]) => {
      const [type, value] = Object.entries(recordOf(bundle))[0] ?? []
      const base64 = multilineText(value)?.replaceAll(/[^A-Za-z0-9+/=]/g, '')
      return type === undefined || base64 === undefined
        ? []
        : [[name, `data:${type};base64,${base64}`] as const]
    }),
  )
}

/** LaTeX of an output, which comes with its dollar signs or without. */
export function latexHtml(source: string): string {
  const [, formula = source] = /^\s*\$\$?([^]*?)\$?\$\s*$/.exec(source) ?? []
  return safeHtml(katex.renderToString(formula, { ...math, displayMode: true }))
}
