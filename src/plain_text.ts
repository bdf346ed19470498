import stripAnsi from 'strip-ansi'

// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g

/**
 * Text as a person would see it in a terminal, without the terminal: no colours, no control
 * characters but tab and newline, and of a line that overwrites itself (`\r`, as progress bars do)
 * only what is left on it in the end.
 */
export function plainText(text: string): string {
  const plain = stripAnsi(text).replaceAll('\r\n', '\n')
  const lines = plain.includes('\r') ? plain.split('\n').map(lastWritten).join('\n') : plain
  return lines.replace(control, '')
}

function lastWritten(line: string): string {
  return (
    line
      .split('\r')
      .filter((part) => part !== '')
      .at(-1) ?? ''
  )
}
