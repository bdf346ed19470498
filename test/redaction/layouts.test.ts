import { describe, expect, test } from '@jest/globals'
import { createRedactor } from '../../src/redaction/redactor.ts'
import { runProgram } from '../support/run_program.ts'

const secret = '6f1d2a9c-0b7e4f58/a1c3d5e7f90b2d4c6e8fa0b1c2d3e4f5'
const { text } = createRedactor([secret])

/** No more of the secret than a cut may leave is in what is shown, as it is or in hex. */
function expectNothingOf(shown: string): void {
  expect(shown).toContain('[redacted]')
  const rest = shown.replaceAll('[redacted]', '|')
  const letters = rest.replaceAll(/<[^>]*>|[*`~]/g, '')
  const digits = rest.replaceAll(/[\s:]|0x|, /g, '')
  const hex = Buffer.from(secret).toString('hex')
  for (let at = 0; at + 8 <= secret.length; at += 1) {
    expect(letters).not.toContain(secret.slice(at, at + 8))
    expect(digits).not.toContain(hex.slice(2 * at, 2 * at + 16))
  }
}

/** Groups of the bytes in hex, so many bytes each. */
function groups(bytes: Buffer, size: number): readonly string[] {
  return bytes.toString('hex').match(new RegExp(`.{1,${2 * size}}`, 'g')) ?? []
}

function dumped(data: string, line: (bytes: Buffer, at: number) => string): string {
  const bytes = Buffer.from(data)
  const starts = Array.from({ length: Math.ceil(bytes.length / 16) }, (_, index) => 16 * index)
  return starts.map((at) => `${line(bytes.subarray(at, at + 16), at)}\n`).join('')
}

function address(at: number): string {
  return at.toString(16).padStart(8, '0')
}

/** As each program prints the bytes of a text. */
const dumps: Readonly<Record<string, (data: string) => string>> = {
  xxd: (data) =>
    dumped(
      data,
      (bytes, at) =>
        `${address(at)}: ${groups(bytes, 2).join(' ').padEnd(39)}  ${bytes.toString()}`,
    ),
  'hexdump -C': (data) =>
    dumped(data, (bytes, at) => {
      const halves = [bytes.subarray(0, 8), bytes.subarray(8)]
      const hex = halves.map((half) => groups(half, 1).join(' ')).join('  ')
      return `${address(at)}  ${hex.padEnd(48)}  |${bytes.toString()}|`
    }),
  'openssl -text': (data) => dumped(data, (bytes) => `    ${groups(bytes, 1).join(':')}:`),
  'xxd -i': (data) =>
    dumped(
      data,
      (bytes) =>
        `  ${groups(bytes, 1)
          .map((each) => `0x${each}`)
          .join(', ')},`,
    ),
  'hex with spaces, folded': (data) => dumped(data, (bytes) => groups(bytes, 1).join(' ')),
}

describe('a secret in a hex dump', () => {
  test.each(Object.entries(dumps))('of %s', (_, dump) => {
    for (let before = 0; before < 16; before += 1) {
      const shown = text(`Bytes:\n${dump(`${'·'.repeat(before)}${secret} and more`)}after\n`)
      expectNothingOf(shown)
      expect(shown).toMatch(/^Bytes:\n[^]*\nafter\n$/)
    }
  })

  test.each([['-tx1'], ['-An', '-tx1'], ['-tx1z', '-Ax']])('of od %s %s', async (...options) => {
    const script = 'printf "%s" "$0" | od "$@"'
    const args = ['-c', script, `abc${secret}`, ...options.filter((each) => each !== '')]
    expectNothingOf(text(await runProgram({ command: 'sh', args })))
  })

  test.each(Object.entries(dumps))('of %s that arrives in two chunks', (_, dump) => {
    const redactor = createRedactor([secret])
    const whole = dump(`begun ${secret} and more`)
    // Of its first line, as much as it takes to see that this is a dump.
    for (let cut = 18; cut <= whole.length; cut += 5) {
      const open = redactor.partialSecretStart(whole.slice(0, cut))
      const pieces = [whole.slice(0, open), whole.slice(open)]
      expectNothingOf(pieces.map((piece) => redactor.text(piece)).join(''))
    }
  })
})

describe('a secret whose beginning or middle was left out', () => {
  test("by Python's reprlib", async () => {
    const program =
      'import reprlib, sys; print(reprlib.repr([sys.argv[1]]), reprlib.repr("x" * 9 + sys.argv[1]))'
    const printed = await runProgram({ command: 'python3', args: ['-c', program, secret] })
    expect(printed).toMatch(/\.\.\..*\.\.\./)
    expectNothingOf(text(printed))
  })

  test.each(['…', '...', '[...]', ' [...] ', '(…)', '<...>', ' ... '])(
    'with the mark "%s"',
    (mark) => {
      for (let kept = 8; kept <= secret.length; kept += 1) {
        expect(text(`a ${mark}${secret.slice(-kept)} b`)).toBe(`a ${mark}[redacted] b`)
        const both = `${secret.slice(0, kept)}${mark}${secret.slice(-kept)}`
        expect(text(both)).toBe(`[redacted]${mark}[redacted]`)
      }
    },
  )

  test('with more than 256 characters left', () => {
    const long = Array.from({ length: 100 }, (_, index) => `${index}-6f1d2a`).join('/')
    const redactor = createRedactor([long])
    for (const kept of [255, 256, 257, 500, long.length - 1]) {
      expect(redactor.text(`…${long.slice(-kept)} b…`)).toBe('…[redacted] b…')
    }
  })

  test("by R's str()", () => {
    expect(text(` chr "${secret.slice(0, 30)}"| __truncated__`)).toBe(
      ' chr "[redacted]"| __truncated__',
    )
  })

  test('is not masked if fewer than 8 characters are left, or without a mark', () => {
    const ordinary = `...${secret.slice(-7)} ..${secret.slice(-20)}`
    expect(text(ordinary)).toBe(ordinary)
  })
})

describe('a secret that is split by markup', () => {
  test.each([
    { name: 'bold text', start: '<b>', end: '</b>' },
    { name: 'a span', start: '<span class="k" style="color: red">', end: '</span>' },
    { name: 'a comment', start: '<!-- x -->', end: '' },
    { name: 'an empty element', start: '<wbr/>', end: '' },
    { name: 'a soft hyphen', start: '&shy;', end: '' },
    { name: 'bold Markdown', start: '**', end: '**' },
    { name: 'emphasis in Markdown', start: '*', end: '*' },
    { name: 'code in Markdown', start: '`', end: '`' },
    { name: 'deleted text in Markdown', start: '~~', end: '~~' },
  ])('as $name', ({ start, end }) => {
    for (let at = 1; at < secret.length; at += 5) {
      for (const marked of [
        `${start}${secret.slice(0, at)}${end}${secret.slice(at)}`,
        `${secret.slice(0, at)}${start}${secret.slice(at)}${end}`,
      ]) {
        const shown = text(`<p>${marked}</p>`)
        expectNothingOf(shown)
        // What is left out stays, or the page would not be one.
        expect(shown.replaceAll('[redacted]', '')).toBe(`<p>${start}${end}</p>`)
      }
    }
  })

  test('as the colours of nbconvert, each letter by itself', () => {
    const letters = Array.from(secret, (letter) => `<span class="n">${letter}</span>`).join('')
    expectNothingOf(text(`<pre>${letters}</pre>`))
  })

  test('is not masked across two cells of a table', () => {
    const row = `<td>${secret.slice(0, 9)}</td><td>${secret.slice(9)}</td>`
    expect(text(row)).toBe(row)
  })
})
