import { expect, test } from '@jest/globals'
import { soak } from '../../support/soak/soak.ts'

test('40 runs with faults drawn at random end as they must', async () => {
  const seed = Date.now() % 1_000_000
  const troubles = [`seed ${seed}`]
  const onTrouble = (trouble: string) => troubles.push(trouble)
  const figures = await soak({ seed, runs: 40, lanes: 8, withSlow: false, onTrouble })
  expect(troubles).toEqual([`seed ${seed}`])
  expect(figures).toMatchObject({
    runs: 40,
    wrongVerdicts: 0,
    lostResults: 0,
    hangs: 0,
    kernelsLeft: 0,
    tokenLeaks: 0,
  })
  expect(figures.peakMegabytes).toBeLessThan(300)
})
