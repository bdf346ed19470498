import { describe, expect, test } from '@jest/globals'
import { outputOf, sizeOf, validBundle } from '../../src/execution/output.ts'
import {
  clear,
  display,
  messageOf,
  print,
  raised,
  result,
  textData,
  update,
} from '../support/messages.ts'

describe('outputOf()', () => {
  test.each([
    [print('a', 'stderr'), { output_type: 'stream', name: 'stderr', text: 'a' }],
    [display('a', 'd'), { output_type: 'display_data', data: textData('a'), metadata: {} }],
    [
      result('a', 3),
      { output_type: 'execute_result', data: textData('a'), metadata: {}, execution_count: 3 },
    ],
    [raised, { output_type: 'error', ename: 'E', evalue: 'v', traceback: ['t'] }],
    [update('a', 'd'), null],
    [clear(false), null],
    [messageOf('status', { execution_state: 'idle' }), null],
    [messageOf('execute_input', { execution_count: 3 }), null],
    [messageOf('comm_open', {}), null],
    [messageOf('from_the_future', {}), null],
  ])('outputOf() returns the output as nbformat defines it (%#)', (message, expected) => {
    expect(outputOf(message)).toEqual(expected)
  })
})

describe('validBundle()', () => {
  test('validBundle() returns the same bundle when nbformat allows it', () => {
    const bundle = {
      'text/plain': 'a',
      'text/html': ['<b>', '</b>'],
      'application/json': { a: 1 },
      'application/vnd.plotly.v1+json': [1, null],
    }
    expect(validBundle(bundle)).toBe(bundle)
  })

  test('validBundle() writes other values as JSON text', () => {
    const bundle = { 'text/plain': 15, 'text/html': null, 'image/png': [1], 'text/x': 'x' }
    expect(validBundle(bundle)).toEqual({
      'text/plain': '15',
      'text/html': 'null',
      'image/png': '[1]',
      'text/x': 'x',
    })
  })
})

describe('sizeOf()', () => {
  test('sizeOf() counts the characters of names and values', () => {
    const text = 'x'.repeat(1000)
    expect(sizeOf({ [text]: [text, { a: text }, 1, null] })).toBeGreaterThan(3000)
    expect(sizeOf({ [text]: [text, { a: text }, 1, null] })).toBeLessThan(3200)
  })

  test('sizeOf() accepts trees that are deeper than the call stack', () => {
    let tree: unknown = 'x'
    for (let depth = 0; depth < 100_000; depth += 1) tree = [tree]
    expect(sizeOf(tree)).toBeGreaterThan(100_000)
  })
})
