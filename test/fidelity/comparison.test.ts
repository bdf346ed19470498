import { describe, expect, test } from '@jest/globals'
import { compare } from './comparison.ts'
import type { Fields, FidelityNotebook } from './notebook.ts'

const notebook: FidelityNotebook = { name: 'example', kernel: 'python3', cells: ['1'] }
const id = (digit: string) => digit.repeat(32)
const stream = (text: string) => ({ output_type: 'stream', name: 'stdout', text })
const place = 'cells[0].outputs'

const executed = (metadata: Fields, outputs: readonly unknown[]): Fields => {
  return { cells: [{ cell_type: 'code', source: '1', metadata, outputs }], metadata: {} }
}
const theirs = (...outputs: readonly unknown[]) => executed({}, outputs)
const ours = (...outputs: readonly unknown[]) => {
  const papermill = { exception: false, status: 'completed', duration: 1 }
  const done = executed({ tags: [], trusted: false, papermill }, outputs)
  return { ...done, metadata: { papermill: { exception: null, duration: 2 } } }
}
const unexpected = (nbclient: Fields, nbtrigger: Fields, more: Partial<FidelityNotebook> = {}) => {
  return compare({ ...notebook, ...more }, { nbclient, nbtrigger }).unexpected
}

describe('compare()', () => {
  test('treats streams as equal however they are split, and ignores addresses and ids', () => {
    const first = theirs(stream('<A at 0x7f0123456789>'), stream('b'), id('a'), id('b'), id('a'))
    const second = ours(stream('<A at 0x7fffffffffff>b'), id('c'), id('d'), id('c'))
    expect(unexpected(first, second)).toEqual({})
  })

  test('distinguishes ids that are used differently', () => {
    const both = theirs(id('a'), id('b'))
    expect(Object.keys(unexpected(both, ours(id('a'), id('a'))))).toEqual([`${place}[1]`])
  })

  test('shows both values where they differ', () => {
    expect(unexpected(theirs(), ours(stream('x')))).toEqual({
      [place]: { nbclient: [], nbtrigger: [stream('x')] },
    })
    expect(unexpected(theirs(stream('x')), ours(stream('y')))).toEqual({
      [`${place}[0].text`]: { nbclient: 'x', nbtrigger: 'y' },
    })
  })

  test('requires an intended difference to be exact', () => {
    const differs = { [place]: { nbclient: [], nbtrigger: [stream('x')] } }
    expect(unexpected(theirs(), ours(stream('x')), { differs })).toEqual({})
    expect(Object.keys(unexpected(theirs(), ours(stream('y')), { differs }))).toEqual([place])
    expect(Object.keys(unexpected(theirs(), ours(), { differs }))).toEqual([place])
  })

  test('allows nbclient, but not nbtrigger, to lose late output', () => {
    const late = { 0: [stream('x')] }
    expect(unexpected(theirs(), ours(stream('x')), { late })).toEqual({})
    expect(unexpected(theirs(stream('x')), ours(stream('x')), { late })).toEqual({})
    const lines = { 0: [stream('x\ny\n')] }
    expect(unexpected(theirs(stream('x\n')), ours(stream('x\ny\n')), { late: lines })).toEqual({})
    const end = unexpected(theirs(stream('y\n')), ours(stream('x\ny\n')), { late: lines })
    expect(Object.keys(end)).toEqual([`${place}[0].text`])
    expect(Object.keys(unexpected(theirs(stream('x')), ours(), { late }))).toEqual([place])
    expect(Object.keys(unexpected(theirs(), ours(), { late }))).toEqual([place])
    const other = unexpected(theirs(), ours(stream('y')), { late })
    expect(Object.keys(other)).toEqual([`${place}[0].text`])
  })

  test("requires papermill's statuses, which nbclient does not write", () => {
    const statuses = ['failed'] as const
    expect(Object.keys(unexpected(theirs(), ours(), { statuses }))).toEqual([
      'cells[0].metadata.papermill.exception',
      'cells[0].metadata.papermill.status',
      'metadata.papermill.exception',
    ])
  })
})
