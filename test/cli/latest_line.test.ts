import { describe, expect, test } from '@jest/globals'
import { LatestLine } from '../../src/cli/latest_line.ts'
import type { Output } from '../../src/jupyter/nbformat.ts'

const cell = { index: 0, id: null, source: '' }

function latestOf(...texts: readonly string[]): string {
  const latest = new LatestLine()
  const outputs = texts.map((text): Output => ({ output_type: 'stream', name: 'stdout', text }))
  for (const output of outputs) latest.add({ type: 'cell_output', cell, output })
  return latest.text
}

describe('LatestLine', () => {
  test.each([
    { name: 'nothing at first', texts: [], line: '' },
    { name: 'the last line', texts: ['one\ntwo\n'], line: 'two' },
    { name: 'a line that has not ended', texts: ['one\ntw', 'o'], line: 'two' },
    { name: 'what a progress bar wrote last', texts: ['\r 10%', '\r 20%', '\r'], line: ' 20%' },
    { name: 'no empty line', texts: ['one\n\n  \n'], line: 'one' },
    { name: 'no part of a line that is too long', texts: ['x'.repeat(5_000), 'y'], line: '' },
    { name: 'a line after one that is too long', texts: ['x'.repeat(5_000), '\ny'], line: 'y' },
  ])('has $name', ({ texts, line }) => {
    expect(latestOf(...texts)).toBe(line)
  })

  test('takes displays for no line', () => {
    const latest = new LatestLine()
    const output = {
      output_type: 'display_data',
      data: { 'text/plain': 'x' },
      metadata: {},
    } as const
    latest.add({ type: 'cell_output', cell, output })
    expect(latest.text).toBe('')
  })
})
