import { beforeAll, describe, expect, test } from '@jest/globals'
import { notebooks } from '../fidelity/notebooks.ts'
import { warmAndCold, type WarmComparison } from '../fidelity/warm.ts'

/** One of each kind; `npm run fidelity -- --warm` compares all. */
const kinds = [/stream/, /error/, /widget/, /display/, /late|thread/, /clear/]
const python = notebooks.filter(({ kernel, cells }) => kernel === 'python3' && cells.length > 1)
const chosen = kinds.flatMap((kind) => python.find(({ name }) => kind.test(name)) ?? [])

describe('a run with a warm kernel equals one without', () => {
  let comparisons: readonly WarmComparison[]

  beforeAll(async () => {
    comparisons = await warmAndCold(chosen)
  }, 200_000)

  test.each(chosen)('$name', (notebook) => {
    const found = comparisons.find((each) => each.notebook === notebook)
    expect(found?.differing).toEqual({})
  })

  test('most of them were warm', () => {
    const warm = comparisons.filter(({ wasWarm }) => wasWarm)
    expect(warm.length).toBeGreaterThan(chosen.length / 2)
  })
})
