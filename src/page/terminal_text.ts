import { safeText } from '../util/text.ts'

// oxlint-disable no-control-regex -- control characters are what it looks for
const escapes = /\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b[@-~]/g
// oxlint-enable no-control-regex

/** Longer lines are broken here, in characters. */
const maxLine = 20_000

export interface Written {
  /** Complete lines, each with its newline. */
  readonly lines: string
  /** The incomplete line at the end. */
  readonly open: string
}

/** Turns chunks of a stream into lines as a terminal would show them, without colours. */
export class TerminalText {
  #open = ''

  add(text: string): Written {
    const raw = (this.#open + text).replaceAll('\r\n', '\n')
    const end = raw.lastIndexOf('\n') + 1
    this.#open = withoutOverwritten(raw.slice(end))
    const lines = shownText(raw.slice(0, end))
    if (this.#open.length <= maxLine) return { lines, open: shownText(this.#open) }
    const cut = `${lines}${shownText(this.#open)}\n`
    this.#open = ''
    return { lines: cut, open: '' }
  }
}

/** The text without colours and control characters, after carriage returns have been applied. */
export function shownText(text: string): string {
  const plain = text.replace(escapes, '').replaceAll('\r\n', '\n')
  const lines = plain.includes('\r') ? plain.split('\n').map(lastWritten).join('\n') : plain
  return safeText(lines)
}

function lastWritten(line: string): string {
  const parts = line.split('\r').filter((part) => part !== '')
  return parts.at(-1) ?? ''
}

/** The line without text that a carriage return overwrote, as in progress bars. */
function withoutOverwritten(line: string): string {
  const start = line.lastIndexOf('\r', line.length - 2)
  return start === -1 ? line : line.slice(start + 1)
}
