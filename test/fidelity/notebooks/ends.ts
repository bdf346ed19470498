import { lines, type FidelityNotebook } from '../notebook.ts'

const kernel = 'python3'

export const ends: readonly FidelityNotebook[] = [
  {
    name: 'exit() in the last cell',
    kernel,
    cells: ['print("before")', 'exit()'],
  },
  {
    name: 'exit(2) in the last cell, which is a failure',
    kernel,
    cells: ['print("before")', 'exit(2)'],
    statuses: ['completed', 'failed'],
  },
  {
    name: 'exit(2) where errors are allowed, after which IPython goes on',
    kernel,
    cells: ['exit(2)', 'print("goes on")'],
    allowErrors: true,
    statuses: ['failed', 'completed'],
  },
  {
    name: 'sys.exit(0), which ends the run and is no failure',
    kernel,
    cells: ['import sys; print("before"); sys.exit(0)', 'print("never")'],
    statuses: ['completed', 'pending'],
  },
  {
    name: 'sys.exit(3), which is a failure',
    kernel,
    cells: ['import sys; print("before"); sys.exit(3)', 'print("never")'],
    statuses: ['failed', 'pending'],
  },
  {
    name: 'a kernel that dies',
    kernel,
    cells: [
      'print("before"); import os, time',
      // What it has sent before is on its way by then.
      lines('print("last words", flush=True)', 'time.sleep(0.5); os._exit(1)'),
      'print("never")',
    ],
    statuses: ['completed', 'failed', 'pending'],
  },
]
