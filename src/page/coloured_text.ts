import type { AnsiUp } from 'ansi_up'
import { terminalConverter, terminalStyle } from '../rendering/terminal_html.ts'
import { element } from './element.ts'

const sheet = new CSSStyleSheet()
sheet.replaceSync(terminalStyle)
document.adoptedStyleSheets.push(sheet)

/** Text with the colours of a terminal as nodes; a colour lasts from one call to the next. */
export class ColouredText {
  #ansi: AnsiUp | null = null

  /** `text` is as `colouredText()` gives it. */
  nodesOf(text: string): readonly (Node | string)[] {
    if (this.#ansi === null && !text.includes('\u001b')) return text === '' ? [] : [text]
    this.#ansi ??= terminalConverter()
    return [...this.#ansi.ansi_to_html(text).matchAll(parts)].map(
      ([, style = '', names = '', coloured, plain = '']) =>
        coloured === undefined
          ? unescaped(plain)
          : element('span', { style, class: names }, unescaped(coloured)),
    )
  }
}

/** What the converter writes: text, and elements that are in no other. */
const parts = /<span(?: style="([^"]*)")?(?: class="([^"]*)")?>([^<]*)<\/span>|([^<]+)/g

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
