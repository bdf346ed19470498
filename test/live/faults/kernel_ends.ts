import { having, type FaultRow } from './fault_table.ts'

const lastOutput =
  'print("last words", flush=True)\nimport os, signal, sys, time\ntime.sleep(0.5)\n'
const diedInCell0 = {
  outcome: 'error',
  error: {
    code: 'KERNEL_DIED',
    message: having('cell 0 was running, which had printed last: "last words"'),
    retryable: false,
    cell: { index: 0 },
  },
  cells: { total: 2, executed: 1, skipped: 1, failed: 1 },
}
const endedEarly = {
  outcome: 'succeeded',
  cells: { total: 2, executed: 1, skipped: 1, failed: 0 },
}

/** Cells that end their kernel, or that the kernel cannot serve. */
export const kernelEnds: readonly FaultRow[] = [
  {
    name: 'a kernel that is killed ends the run, naming the cell and its last output',
    cells: [`${lastOutput}os.kill(os.getpid(), signal.SIGKILL)`, 'ran_on = 1'],
    status: 3,
    expected: diedInCell0,
    seconds: 20,
  },
  {
    name: 'a kernel that exits by itself ends the run in the same way',
    cells: [`${lastOutput}os._exit(0)`, 'ran_on = 1'],
    status: 3,
    expected: diedInCell0,
    seconds: 20,
  },
  {
    name: 'exit() ends the notebook early and well',
    cells: ['exit()', '1'],
    status: 0,
    expected: endedEarly,
    seconds: 10,
  },
  {
    name: 'sys.exit(0) ends the notebook early and well',
    cells: ['import sys; sys.exit(0)', '1'],
    status: 0,
    expected: endedEarly,
    seconds: 10,
  },
  {
    name: 'sys.exit(3) is a failure',
    cells: ['import sys; sys.exit(3)', '1'],
    status: 1,
    expected: {
      outcome: 'failed',
      error: { code: 'CELL_FAILED', ename: 'SystemExit', evalue: '3', retryable: false },
      cells: { total: 2, executed: 1, skipped: 1, failed: 1 },
    },
    seconds: 10,
  },
  {
    name: 'input() fails at once, and says why',
    cells: ['input("Your name? ")', '1'],
    status: 1,
    expected: {
      outcome: 'failed',
      error: { code: 'CELL_FAILED', message: having('nobody to ask for input') },
    },
    seconds: 10,
  },
]
