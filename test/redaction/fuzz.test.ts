import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { byteEncodings, textEncodings } from '../../src/redaction/encodings.ts'
import { redactingSink } from '../../src/redaction/redacting_sink.ts'
import { createRedactor, type Redactor } from '../../src/redaction/redactor.ts'
import { cutText, quoteForError } from '../../src/util/text.ts'
import { fuzzOptions } from '../support/fuzz_runs.ts'

/** So many characters of a secret in a row are never shown; a cut may leave fewer. */
const tooMany = 8

const anySecret = fc
  .tuple(
    fc.string({ unit: fc.constantFrom(...Array.from('abcXYZ0189')), minLength: 12, maxLength: 12 }),
    fc.string({
      unit: fc.constantFrom(...Array.from('aZ09+/=_-%&<>"\'\\{}$ é🙂n\n')),
      maxLength: 400,
    }),
  )
  // It begins and ends with letters: white space around a secret is not looked for.
  .map(([letters, rest]) => `${letters.slice(0, 6)}${rest}${letters.slice(6)}`)

/** No letter of it is in a secret or its encodings. */
const around = fc.string({ unit: fc.constantFrom(...Array.from(' .,;:!?·…\n')), maxLength: 30 })

interface Written {
  readonly secret: string
  readonly form: string
  readonly isEncoded: boolean
}

const written: fc.Arbitrary<Written> = anySecret.chain((secret) => {
  const texts = textEncodings.flatMap(({ encode }) => encode(secret))
  const bytes = byteEncodings.flatMap(({ name, encode }) =>
    encode(Buffer.from(secret)).map(({ text }) => ({ text, isEncoded: !/with/.test(name) })),
  )
  return fc
    .constantFrom(...texts.map((text) => ({ text, isEncoded: false })), ...bytes)
    .map(({ text, isEncoded }) => ({ secret, form: text, isEncoded }))
})

/** Line ends within what encodes bytes, as they are or escaped; nothing within the others. */
function wrapped({ form, isEncoded }: Written, width: number, lineEnd: string): string {
  if (!isEncoded) return form
  return form.replaceAll(new RegExp(`(.{${width}})(?=.)`, 'g'), `$1${lineEnd}`)
}

const anyWrap = fc.record({
  width: fc.constantFrom(16, 60, 64, 76),
  lineEnd: fc.constantFrom('\n', '\r\n', '\\n', '\\\\n', '\n    '),
})

/** Whether a part of the form can be read in what is shown. */
function shows(shown: string, form: string): boolean {
  const rest = shown.replaceAll('[redacted]', '\u0000').replaceAll(/\r?\n *|\\+n/g, '')
  const plain = form.replaceAll(/\r?\n *|\\+n/g, '')
  for (let at = 0; at + tooMany <= plain.length; at += 1) {
    if (rest.includes(plain.slice(at, at + tooMany))) return true
  }
  return false
}

function ascending(a: number, b: number): number {
  return a - b
}

function streamed(chunks: readonly string[], redactor: Redactor): string {
  let shown = ''
  const sink = redactingSink(redactor, (event) => {
    if (event.type !== 'cell_output' || event.output.output_type !== 'stream') return
    shown += event.output.text
  })
  const cell = { index: 0, id: null, source: '' }
  for (const text of chunks) {
    const output = { output_type: 'stream', name: 'stdout', text } as const
    sink.emit({ type: 'cell_output', cell, output })
  }
  sink.emit({ type: 'warning', message: 'the end' })
  return shown
}

function piecesOf(text: string, places: readonly number[]): readonly string[] {
  const ends = [...places.map((place) => place % (text.length + 1)), text.length]
  const sorted = ends.toSorted((a, b) => a - b)
  return sorted.map((end, index) => text.slice(sorted[index - 1] ?? 0, end))
}

describe('no random secret is shown', () => {
  const numRuns = 100

  test('in any encoding, with line ends in it, within any text', () => {
    fc.assert(
      fc.property(written, anyWrap, around, around, (one, { width, lineEnd }, before, after) => {
        const form = wrapped(one, width, lineEnd)
        const shown = createRedactor([one.secret]).text(before + form + after)
        expect(shows(shown, form)).toBe(false)
      }),
      fuzzOptions(numRuns),
    )
  })

  test('with a colour or another control sequence within it', () => {
    const anySequence = fc.constantFrom(
      '\u001b[31m',
      '\u001b[0;1;31m',
      '\u001b[K',
      '\u001b[\u00e9m', // no sequence of ECMA-48, but nbconvert's pages leave it out
      '\u001b[=\u00e9~',
      '\u200f',
      '\u0007',
      '\u202e',
    )
    fc.assert(
      fc.property(written, anySequence, fc.nat(), ({ secret, form }, sequence, place) => {
        const at = place % (form.length + 1)
        const text = `· ${form.slice(0, at)}${sequence}${form.slice(at)} ·`
        const shown = createRedactor([secret]).text(text)
        expect(shows(shown.replaceAll(sequence, ''), form)).toBe(false)
      }),
      fuzzOptions(numRuns),
    )
  })

  test('cut off anywhere before it is masked', () => {
    fc.assert(
      fc.property(written, around, fc.nat(), ({ secret, form }, before, length) => {
        const redactor = createRedactor([secret])
        const text = `${before}${form}`
        const cut = cutText(text, length % (text.length + 1))
        expect(shows(redactor.text(cut), form)).toBe(false)
        const name = quoteForError(`${'·'.repeat(length % 200)}${secret}`)
        expect(shows(redactor.text(name), JSON.stringify(secret).slice(1, -1))).toBe(false)
      }),
      fuzzOptions(numRuns),
    )
  })

  test('without its beginning or its middle', () => {
    const anyMark = fc.constantFrom('…', '...', '[...]', ' … ')
    const anyCuts = fc.tuple(fc.nat(), fc.nat())
    fc.assert(
      fc.property(written, anyMark, anyCuts, around, ({ secret, form }, mark, cuts, after) => {
        const [start = 0, end = 0] = cuts.map((cut) => cut % (form.length + 1)).toSorted(ascending)
        const text = `${form.slice(0, start)}${mark}${form.slice(end)}${after}`
        const parts = createRedactor([secret]).text(text).split(mark)
        for (const part of parts) expect(shows(part, form)).toBe(false)
      }),
      fuzzOptions(numRuns),
    )
  })

  test('at the end of a text that continues', () => {
    fc.assert(
      fc.property(written, anyWrap, around, fc.nat(), (one, { width, lineEnd }, before, length) => {
        const redactor = createRedactor([one.secret])
        const text = before + wrapped(one, width, lineEnd)
        const start = text.slice(0, length % text.length)
        const shown = redactor.text(start.slice(0, redactor.partialSecretStart(start)))
        expect(shows(shown, one.form)).toBe(false)
      }),
      fuzzOptions(numRuns),
    )
  })

  test('in a stream that arrives in chunks', () => {
    const anyPlaces = fc.array(fc.nat(), { maxLength: 12 })
    fc.assert(
      fc.property(
        fc.tuple(written, anyWrap, anyPlaces),
        around,
        around,
        ([one, { width, lineEnd }, places], before, after) => {
          const form = wrapped(one, width, lineEnd)
          const text = before + form + after
          const shown = streamed(piecesOf(text, places), createRedactor([one.secret]))
          expect(shows(shown, form)).toBe(false)
        },
      ),
      fuzzOptions(numRuns),
    )
  })
})
