/** A stream that keeps what is written, and the screen that a terminal would make of it. */
export class FakeTerminal {
  readonly isTTY = true
  readonly columns: number
  readonly writes: string[] = []

  constructor(columns: number) {
    this.columns = columns
  }

  write(text: string): boolean {
    return this.writes.push(text) > 0
  }

  get screen(): readonly string[] {
    return screenOf(this.writes.join(''))
  }
}

// oxlint-disable-next-line no-control-regex -- escapes are what it looks for
const tokens = /\u001b\[\??(\d*)([A-Za-z])|\n|[^\n\u001b]+|\u001b/g

/** Knows the escapes that erase lines and move the cursor; any other fails. */
function screenOf(written: string): readonly string[] {
  const lines = ['']
  let row = 0
  let column = 0
  for (const [token, count, command] of written.matchAll(tokens)) {
    if (token === '\n') {
      row += 1
      column = 0
      lines[row] ??= ''
    } else if (command === undefined) {
      const line = lines[row] ?? ''
      lines[row] = line.slice(0, column).padEnd(column) + token + line.slice(column + token.length)
      column += token.length
    } else if (command === 'A') row -= Number(count || 1)
    else if (command === 'B') row += Number(count || 1)
    else if (command === 'G') column = Number(count || 1) - 1
    else if (command === 'K') lines[row] = count === '2' ? '' : (lines[row] ?? '').slice(0, column)
    else if (count !== '2026') throw new Error(`Cannot draw "${token}": no such escape here`)
  }
  return lines
}
