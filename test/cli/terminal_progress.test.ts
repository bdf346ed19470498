import { describe, expect, test } from '@jest/globals'
import { progressLine } from '../../src/cli/terminal_progress.ts'
import { startOfWidth, widthOf } from '../../src/cli/terminal_width.ts'

test.each([
  ['abc', 3],
  ['数据', 4],
  ['e\u0301', 1],
  ['👩', 2],
  ['❤️', 2],
  ['👩‍👩‍👧', 6],
])('widthOf() measures %j as %i columns', (text, width) => {
  expect(widthOf(text)).toBe(width)
})

describe('startOfWidth()', () => {
  test.each([
    ['abc', 3, 'abc'],
    ['abcd', 3, 'ab…'],
    ['数据库', 6, '数据库'],
    ['数据库', 5, '数据…'],
    ['数据库', 4, '数…'],
    ['e\u0301e\u0301e\u0301', 2, 'e\u0301…'],
    ['abc', 1, '…'],
    ['abc', 0, ''],
    ['', 0, ''],
  ])('of %j in %i columns is %j', (text, columns, start) => {
    expect(startOfWidth(text, columns)).toBe(start)
  })
})

const state = { doing: 'running cell 4: df = load()', done: 3, cellsToRun: 7 }

describe('progressLine()', () => {
  test.each([
    {
      name: 'says it all',
      shown: state,
      columns: 80,
      line: '▰▰▰▱▱▱▱  3/7 cells · running cell 4: df = load() · 12 s',
    },
    {
      name: 'shortens what is done first',
      shown: state,
      columns: 44,
      line: '▰▰▰▱▱▱▱  3/7 cells · running cell 4:… · 12 s',
    },
    {
      name: 'keeps within a very narrow terminal',
      shown: state,
      columns: 12,
      line: '▰▰▰▱▱▱▱  3/…',
    },
    {
      name: 'has no bar before the cells are known',
      shown: { ...state, cellsToRun: 0, doing: 'starting' },
      columns: 80,
      line: 'starting · 12 s',
    },
    {
      name: 'has a bar of ten for many cells',
      shown: { doing: 'ending', done: 55, cellsToRun: 100 },
      columns: 80,
      line: '▰▰▰▰▰▱▱▱▱▱  55/100 cells · ending · 12 s',
    },
    {
      name: 'counts one cell',
      shown: { doing: 'x', done: 0, cellsToRun: 1 },
      columns: 80,
      line: '▱  0/1 cell · x · 12 s',
    },
    {
      name: 'makes one plain line of a source',
      shown: { ...state, doing: 'running cell 4: \u001b[31mif a:\r\n\tb()' },
      columns: 80,
      line: '▰▰▰▱▱▱▱  3/7 cells · running cell 4: if a: b() · 12 s',
    },
  ])('$name', ({ shown, columns, line }) => {
    const drawing = { elapsedMs: 12_000, cellMs: null, output: '', columns }
    expect(progressLine(shown, drawing)).toBe(line)
  })

  test.each([
    {
      name: 'the time of the cell',
      output: '',
      columns: 80,
      line: '▰▰▰▱▱▱▱  3/7 cells · running cell 4: df = load() · 3.1 s of 12 s',
    },
    {
      name: 'the latest line of its output',
      output: ' 45%|████▌     | 9/20',
      columns: 100,
      line: '▰▰▰▱▱▱▱  3/7 cells · running cell 4: df = load() · 45%|████▌ | 9/20 · 3.1 s of 12 s',
    },
    {
      name: 'as much of both as there is room for',
      output: 'x'.repeat(200),
      columns: 80,
      line: '▰▰▰▱▱▱▱  3/7 cells · running cell 4: df = lo… · xxxxxxxxxxxxxxx… · 3.1 s of 12 s',
    },
  ])('shows $name while a cell runs', ({ output, columns, line }) => {
    const drawing = { elapsedMs: 12_000, cellMs: 3_100, output, columns }
    expect(progressLine(state, drawing)).toBe(line)
  })
})
