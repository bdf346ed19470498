import { AnsiUp } from 'ansi_up'
import { safeText, withoutOverwritten } from '../util/text.ts'
import { escapeHtml } from './escape_html.ts'

/**
 * Text for a terminal as HTML: its colours as classes, for which a page has colours on its ground, and
 * of a line that overwrites itself, as progress bars do, what is left in the end.
 */
export function terminalHtml(text: string): string {
  const shown = withoutOverwritten(text)
  if (!shown.includes('\u001b')) return escapeHtml(safeText(shown))
  return safeText(terminalConverter().ansi_to_html(shown))
}

/** Makes HTML of terminal text: colours are the classes of `terminalStyle`, and there are no links. */
export function terminalConverter(): AnsiUp {
  const ansi = new AnsiUp()
  ansi.use_classes = true
  ansi.url_allowlist = {}
  return ansi
}

/** The colours of a terminal, in light and dark: each can be read on the ground of a page. */
export const terminalStyle = Object.entries({
  black: '#1b1f27,#9aa2ae',
  red: '#b8322a,#ff968c',
  green: '#187343,#59cb92',
  yellow: '#7a5200,#ebbc66',
  blue: '#2f4fc4,#9fb1ff',
  magenta: '#96309e,#e79af0',
  cyan: '#0b6b7d,#5fd0e0',
  white: '#596170,#e7e9ed',
})
  .map(([name, colours]) => {
    const names = [`ansi-${name}`, `ansi-bright-${name}`]
    const text = names.map((each) => `.${each}-fg`).join()
    const ground = names.map((each) => `.${each}-bg`).join()
    return `${text}{color:light-dark(${colours})}${ground}{background:light-dark(${colours});color:light-dark(#fff,#16181c)}`
  })
  .join('\n')
