import type { MarkdownCell } from '../jupyter/markdown_cells.ts'
import type { MimeBundle } from '../jupyter/nbformat.ts'
import { attachedImages, markdownHtml } from '../rendering/markdown.ts'
import type { WidgetState } from '../rendering/mime_types.ts'
import type { ScriptNeeds } from '../rendering/needed_scripts.ts'
import { outputHtml, PageNeeds, widgetStateHtml } from '../rendering/output_html.ts'

/*
 * A script of its own, which the page loads when a notebook has an output that is more than text or
 * an image: it has the same renderers as the page of a notebook, and is ten times as large as the
 * rest.
 */

/** What a frame shows, and with which scripts. */
export interface FrameContent {
  readonly body: string
  readonly needs: ScriptNeeds
}

/** A display or a result as the content of a frame. */
export function outputContent(data: MimeBundle, widgets: WidgetState): FrameContent {
  const needs = new PageNeeds()
  const context = { needs, widgets }
  const html = outputHtml({ output_type: 'display_data', data }, context)
  const body = `<div class="outputs">${html}</div>${widgetStateHtml(context)}`
  return { body, needs }
}

/** A Markdown cell as the content of a frame. */
export function markdownContent({ source, attachments }: MarkdownCell): FrameContent {
  const html = markdownHtml(source, attachedImages(attachments))
  return { body: `<div class="markdown">${html}</div>`, needs: new PageNeeds() }
}
