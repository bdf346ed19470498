import { describe, expect, test } from '@jest/globals'
import { readWarmSettings } from '../../src/warm/settings.ts'

describe('readWarmSettings()', () => {
  test.each([{ env: {} }, { env: { NBTRIGGER_WARM: '  ' } }])(
    'returns null for $env',
    ({ env }) => {
      expect(readWarmSettings(env)).toBeNull()
    },
  )

  test('reads notebooks and their numbers, and has defaults', () => {
    const NBTRIGGER_WARM = ' /a.ipynb=2, b/c d.ipynb ,/é=1.IPYNB=30,'
    expect(readWarmSettings({ NBTRIGGER_WARM })).toEqual({
      sizes: new Map([
        ['/a.ipynb', 2],
        ['/b/c d.ipynb', 1],
        ['/é=1.IPYNB', 30],
      ]),
      maxKernels: 8,
      maxAgeMs: 600_000,
    })
  })

  test('reads the limits', () => {
    const env = {
      NBTRIGGER_WARM: '/a.ipynb',
      NBTRIGGER_WARM_MAX: '3',
      NBTRIGGER_WARM_MAX_AGE: '60',
    }
    expect(readWarmSettings(env)).toMatchObject({ maxKernels: 3, maxAgeMs: 60_000 })
  })

  test.each([
    { text: '/a.txt=2', reason: 'it is not /PATH.ipynb=N' },
    { text: '/a.ipynb=0', reason: 'it is not /PATH.ipynb=N with an N from 1 to 100' },
    { text: '/a.ipynb=101', reason: 'it is not /PATH.ipynb=N' },
    { text: '/a.ipynb=two', reason: 'it is not /PATH.ipynb=N' },
    { text: '/a.ipynb,/a.ipynb=2', reason: 'it names a notebook twice' },
    { text: '/../a.ipynb', reason: 'it contains ".."' },
  ])('refuses $text', ({ text, reason }) => {
    const read = () => readWarmSettings({ NBTRIGGER_WARM: text })
    expect(read).toThrow(`in NBTRIGGER_WARM: ${reason}`)
  })

  test.each(['0', '1.5', '-1', 'x', '86401'])('refuses %s as a limit', (text) => {
    const read = () => readWarmSettings({ NBTRIGGER_WARM: '/a.ipynb', NBTRIGGER_WARM_MAX: text })
    expect(read).toThrow(`Cannot use "${text}" as NBTRIGGER_WARM_MAX`)
  })
})
