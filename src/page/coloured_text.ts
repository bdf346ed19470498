import type { AnsiUp } from 'ansi_up'
import { codeHtml, codeStyle } from '../rendering/code_html.ts'
import { terminalConverter, terminalStyle } from '../rendering/terminal_html.ts'
import { element } from './element.ts'

const sheet = new CSSStyleSheet()
sheet.replaceSync(`${terminalStyle}\n${codeStyle}`)
document.adoptedStyleSheets.push(sheet)

/** Text with the colours of a terminal as nodes; a colour lasts from one call to the next. */
export class ColouredText {
  #ansi: AnsiUp | null = null

  /** `text` is as `colouredText()` gives it. */
  nodesOf(text: string): readonly (Node | string)[] {
    if (this.#ansi === null && !text.includes('\u001b')) return text === '' ? [] : [text]
    this.#ansi ??= terminalConverter()
    return nodesOf(this.#ansi.ansi_to_html(text))
  }
}

/** Source code with its syntax in colours as nodes. */
export function codeNodes(source: string, language: string | null): readonly (Node | string)[] {
  return nodesOf(codeHtml(source, language))
}

/** The nodes of HTML that has text and `span` elements, as the converters write it. */
function nodesOf(html: string): readonly Node[] {
  const root = element('span')
  const open = [root]
  for (const [, isStart, style = '', names = '', text = ''] of html.matchAll(parts)) {
    const place = open.at(-1) ?? root
    if (text !== '') place.append(unescaped(text))
    else if (isStart === undefined) open.pop()
    else {
      const inner = element('span', { style, class: names })
      place.append(inner)
      open.push(inner)
    }
  }
  return [...root.childNodes]
}

/** The start of an element, its end, or text. */
const parts = /<(span)(?: style="([^"]*)")?(?: class="([^"]*)")?>|<\/span>|([^<]+)/g

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  '#x27': "'",
}

function unescaped(html: string): string {
  return html.replaceAll(/&([#\w]+);/g, (entity, name: string) => entities[name] ?? entity)
}
