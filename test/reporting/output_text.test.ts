import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { LineBuffer } from '../../src/reporting/output_text.ts'
import { fuzzOptions } from '../support/fuzz_runs.ts'

describe('LineBuffer', () => {
  test.each([
    { name: 'a whole line', chunks: ['one\n'], given: ['one', null] },
    {
      name: 'several lines of one chunk together',
      chunks: ['one\ntwo\nth'],
      given: ['one\ntwo', 'th'],
    },
    {
      name: 'a line that came in pieces',
      chunks: ['o', 'n', 'e\nt', 'wo'],
      given: [null, null, 'one', null, 'two'],
    },
    { name: 'an empty line', chunks: ['\n'], given: ['', null] },
    { name: 'nothing for nothing', chunks: ['', ''], given: [null, null, null] },
    { name: 'a newline that came later', chunks: ['one\r', '\n'], given: [null, 'one\r', null] },
  ])('returns $name', ({ chunks, given }) => {
    const buffer = new LineBuffer()
    const lines = chunks.map((chunk) => buffer.add(chunk))
    expect([...lines, buffer.flush()]).toEqual(given)
  })

  test('returns a long line before its end', () => {
    const buffer = new LineBuffer()
    const given = Array.from({ length: 30_000 }, (_, percent) => buffer.add(`\r${percent} done`))
    const pieces = given.filter((piece) => piece !== null)
    expect(pieces.length).toBeGreaterThan(1)
    expect(pieces.every((piece) => piece.length < 101_000)).toBe(true)
  })

  test('neither loses nor adds characters', () => {
    const anyChunks = fc.array(fc.string({ unit: fc.constantFrom('a', '\n', '\r', '\u001b') }))
    fc.assert(
      fc.property(anyChunks, (chunks) => {
        const buffer = new LineBuffer()
        const lines = chunks.map((chunk) => buffer.add(chunk)).filter((line) => line !== null)
        const given = lines.map((line) => `${line}\n`).join('') + (buffer.flush() ?? '')
        expect(given).toBe(chunks.join(''))
      }),
      fuzzOptions(100),
    )
  })
})
