import { describe, expect, test } from '@jest/globals'
import { RunError } from '../../src/errors.ts'
import { isLastTask } from '../../src/job/last_task.ts'
import type { TaskStates } from '../../src/job/shared_sweep.ts'
import { neverAborts } from '../support/observe.ts'
import { rejectionOf } from '../support/rejection.ts'

const none: TaskStates = { ended: new Map(), running: [], silent: [], absent: 0 }

/** Asks with these states of the others, one after the other; null is a call that fails. */
async function asked(
  states: readonly (Partial<TaskStates> | null)[],
  { signal = neverAborts, mayWait = true } = {},
) {
  let calls = 0
  const next = async () => {
    const state = states[Math.min(calls++, states.length - 1)]
    if (state === null) throw new RunError('CLAIM_FAILED', 'Cannot share the sets: 503')
    return { ...none, ...state }
  }
  const isLast = await isLastTask({ states: next }, signal, () => mayWait)
  return { isLast, calls }
}

describe('isLastTask()', () => {
  test.each([
    { name: 'when all others have ended', states: [{}], isLast: true, calls: 1 },
    { name: 'when the others are silent', states: [{ silent: [1, 2] }], isLast: true, calls: 1 },
    { name: 'when two others run', states: [{ running: [1, 2] }], isLast: false, calls: 1 },
    { name: 'when others are to begin', states: [{ absent: 1 }], isLast: false, calls: 1 },
    {
      name: 'when the only other one ends meanwhile',
      states: [{ running: [1] }, {}],
      isLast: true,
      calls: 2,
    },
    {
      name: 'when the only other one is killed meanwhile',
      states: [{ running: [1], silent: [2] }, { silent: [1, 2] }],
      isLast: true,
      calls: 2,
    },
    {
      name: 'when Cloud Storage could not be asked at first',
      states: [null, { running: [1] }, null, {}],
      isLast: true,
      calls: 4,
    },
  ])('is $isLast $name', async ({ states, isLast, calls }) => {
    expect(await asked(states)).toEqual({ isLast, calls })
  })

  test('waits for nobody when its own time is up', async () => {
    expect(await asked([{ running: [1] }], { mayWait: false })).toEqual({ isLast: false, calls: 1 })
  })

  test('does not expect tasks that have not begun when the execution is cancelled', async () => {
    const signal = AbortSignal.abort()
    expect(await asked([{ absent: 3 }], { signal })).toEqual({ isLast: true, calls: 1 })
  })

  test('gives up in time when Cloud Storage cannot be asked and the task is stopped', async () => {
    const startedTick = performance.now()
    const error = await rejectionOf(asked([null], { signal: AbortSignal.abort() }))
    expect(error).toMatchObject({ code: 'CLAIM_FAILED' })
    expect(performance.now() - startedTick).toBeLessThan(8_000) // Cloud Run kills it after 10 s
  })
})
