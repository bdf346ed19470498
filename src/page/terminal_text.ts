import { safeText, withoutOverwritten } from '../util/text.ts'

// oxlint-disable no-control-regex -- control characters are what it looks for
const escapes = /\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b[@-~]/g
/** Select Graphic Rendition of ECMA-48: colours, bold, underlined. */
const colours = /(\u001b\[[\d;]*m)/
// oxlint-enable no-control-regex

/** Longer lines are broken here, in characters. */
const maxLine = 20_000

export interface Written {
  /** Complete lines, each with its newline. */
  readonly lines: string
  /** The incomplete line at the end. */
  readonly open: string
}

/** Turns chunks of a stream into lines as a terminal would show them, as `colouredText()` gives them. */
export class TerminalText {
  #open = ''

  add(text: string): Written {
    const raw = (this.#open + text).replaceAll('\r\n', '\n')
    const end = raw.lastIndexOf('\n') + 1
    this.#open = latestOf(raw.slice(end))
    const lines = colouredText(raw.slice(0, end))
    if (this.#open.length <= maxLine) return { lines, open: colouredText(this.#open) }
    const cut = `${lines}${colouredText(this.#open)}\n`
    this.#open = ''
    return { lines: cut, open: '' }
  }
}

/** The text without colours and control characters, after carriage returns have been applied. */
export function shownText(text: string): string {
  return colouredText(text).replace(escapes, '')
}

/** The same with the escape sequences that set colours, and no other control characters. */
export function colouredText(text: string): string {
  const lines = withoutOverwritten(text)
  if (!lines.includes('\u001b')) return safeText(lines)
  const pieces = lines.split(colours)
  return pieces.map((piece, index) => (index % 2 === 1 ? piece : plain(piece))).join('')
}

function plain(text: string): string {
  return safeText(text.replace(escapes, ''))
}

/** An incomplete line from where it was last begun anew; more may still be written over that. */
function latestOf(line: string): string {
  const start = line.lastIndexOf('\r', line.length - 2)
  return start === -1 ? line : line.slice(start + 1)
}
