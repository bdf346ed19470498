import stripAnsi from 'strip-ansi'
import { safeText } from './safe_text.ts'

/**
 * Text as a terminal would show it: without colours, control characters other than tab and newline,
 * and characters that reorder text; of a line that overwrites itself (`\r`, as progress bars do), only
 * what is left in the end.
 */
export function plainText(text: string): string {
  const plain = stripAnsi(text).replaceAll('\r\n', '\n')
  const lines = plain.includes('\r') ? plain.split('\n').map(lastWritten).join('\n') : plain
  return safeText(lines)
}

function lastWritten(line: string): string {
  return (
    line
      .split('\r')
      .filter((part) => part !== '')
      .at(-1) ?? ''
  )
}
