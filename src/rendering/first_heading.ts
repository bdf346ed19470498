import { multilineText } from '../jupyter/read_field.ts'
import { cellsOf } from './drawn_outputs.ts'

/** The text of the first heading in a notebook's Markdown; null when there is none. */
export function firstHeading(content: object): string | null {
  for (const { cell_type: type, source } of cellsOf(content)) {
    const text = type === 'markdown' ? multilineText(source) : null
    const heading = /^ {0,3}#{1,6}[ \t]+(.+?)[ \t#]*$/m.exec(text ?? '')?.[1]
    if (heading !== undefined) return heading.replaceAll(/[*_`]/g, '')
  }
  return null
}
