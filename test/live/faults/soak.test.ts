import { expect, test } from '@jest/globals'
import { faultsFor, soak } from '../../support/soak/soak.ts'

test('a run with each fault, in an order and at times drawn at random, ends as it must', async () => {
  const seed = Date.now() % 1_000_000
  const runs = faultsFor({ withSlow: false }).length
  const troubles = [`seed ${seed}`]
  const onTrouble = (trouble: string) => troubles.push(trouble)
  const figures = await soak({ seed, runs, lanes: 4, withSlow: false, onTrouble })
  expect(troubles).toEqual([`seed ${seed}`])
  expect(figures).toMatchObject({
    runs,
    wrongEnds: 0,
    lostResults: 0,
    hangs: 0,
    kernelsLeft: 0,
    tokenLeaks: 0,
  })
  expect(figures.peakMegabytes).toBeLessThan(300)
})
