import { describe, expect, test } from '@jest/globals'
import { historyHashOf, readHistoryPlace } from '../../src/page/history_place.ts'

describe('readHistoryPlace()', () => {
  test.each([
    { hash: '#runs', place: { type: 'runs', notebook: '', outcome: '' } },
    {
      hash: '#runs?notebook=%2Fgr%C3%B6%C3%9Fe%2Fa+b.ipynb&outcome=failed',
      place: { type: 'runs', notebook: '/größe/a b.ipynb', outcome: 'failed' },
    },
    {
      hash: '#runs/019ac0f2-0000',
      place: { type: 'run', runId: '019ac0f2-0000', isReport: false },
    },
  ] as const)('reads $hash as historyHashOf() writes it', ({ hash, place }) => {
    expect(readHistoryPlace(hash)).toEqual(place)
    expect(historyHashOf(place)).toBe(hash)
  })

  test.each(['', '#', '#/', '#/runs', '#/runs/x.ipynb', '#runs.ipynb', '#runs/../x', '#runsx'])(
    'finds nothing of the history in %j',
    (hash) => {
      expect(readHistoryPlace(hash)).toBeNull()
    },
  )
})
