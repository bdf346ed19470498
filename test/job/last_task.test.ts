import { describe, expect, test } from '@jest/globals'
import { isLastTask } from '../../src/job/last_task.ts'
import type { TaskStates } from '../../src/job/shared_sweep.ts'
import { neverAborts } from '../support/observe.ts'

const none: TaskStates = { ended: new Map(), running: [], silent: [], absent: 0 }

/** Asks with these states of the others, one after the other. */
async function asked(
  states: readonly Partial<TaskStates>[],
  { signal = neverAborts, mayWait = true } = {},
) {
  let calls = 0
  const next = () => Promise.resolve({ ...none, ...states[Math.min(calls++, states.length - 1)] })
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
})
