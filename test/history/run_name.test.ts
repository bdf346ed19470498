import { describe, expect, test } from '@jest/globals'
import { notebookKey, nameStart, readRunName, writeRunName } from '../../src/history/run_name.ts'
import { createRunId, timeOfRunId } from '../../src/util/run_id.ts'

const time = Date.parse('2026-11-26T12:00:00Z')

function nameOf(at: number): string {
  const runId = createRunId(at)
  const key = notebookKey('/x.ipynb')
  const run = { runId, outcome: 'succeeded', durationMs: 5, startedBy: 'command' } as const
  return writeRunName({ ...run, notebookKey: key }) ?? ''
}

describe('createRunId()', () => {
  test('makes a UUID of version 7, in the order of time, and all different', () => {
    const ids = [time, time + 1, time + 86_400_000].map(createRunId)
    for (const id of ids) {
      expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
    }
    expect(ids.toSorted()).toEqual(ids)
    expect(timeOfRunId(ids[1] ?? '')).toBe(time + 1)
    expect(new Set(Array.from({ length: 1_000 }, () => createRunId(time))).size).toBe(1_000)
  })

  test.each(['', 'r1', '4f0c5a5e-8d43-4d5c-9a53-0d3c0b5f7c11', `${createRunId(time)}/..`])(
    'has not made %j',
    (text) => {
      expect(timeOfRunId(text)).toBeNull()
      expect(nameStart(text)).toBeNull()
    },
  )
})

describe('writeRunName()', () => {
  test('makes names that sort the newest first, also over days', () => {
    const times = [0, 1, 299_999, 300_000, 3_600_000, 86_400_000, 86_400_001, 40 * 86_400_000].map(
      (ms) => time + ms,
    )
    const names = times.map(nameOf)
    expect(names.toSorted()).toEqual(names.toReversed())
    expect(nameOf(time)).toMatch(/^79216-2026-11-26\/143-12h00\/\d{13}-/)
  })

  test('makes names that are read as they were, and fit into a file name', () => {
    const run = {
      runId: createRunId(time),
      outcome: 'timed_out',
      durationMs: 999_999_999,
      startedBy: 'message',
      notebookKey: notebookKey('/größe/x.ipynb'),
    } as const
    const name = writeRunName(run) ?? ''
    expect(readRunName(name)).toEqual(run)
    expect(name.split('/')[2]?.length).toBeLessThan(150)
  })

  test.each([
    'x',
    'notes.txt',
    '79216-2026-11-26/143-12h00/x~succeeded~1~command~0123456789abcdef',
    nameOf(time).replace('succeeded', 'lost'),
    `${nameOf(time)}x`,
  ])('is not read from %j', (name) => {
    expect(readRunName(name)).toBeNull()
  })
})
