import { lines, type FidelityNotebook } from '../notebook.ts'

const kernel = 'python3'
const tagged = (tag: string, source: string) => ({ source, metadata: { tags: [tag] } })

export const errors: readonly FidelityNotebook[] = [
  {
    name: 'an error ends the run',
    kernel,
    cells: ['print("before"); 1 / 0', 'print("never")', { cell_type: 'markdown', source: '#' }],
    statuses: ['failed', 'pending', 'pending'],
  },
  {
    name: 'a traceback in colours, through functions and causes',
    kernel,
    cells: [
      lines(
        'def inner(x):',
        '    raise KeyError("é", x)',
        'def outer():',
        '    try:',
        '        inner(1)',
        '    except KeyError as error:',
        '        raise RuntimeError("outer") from error',
      ),
      'outer()',
    ],
    statuses: ['completed', 'failed'],
  },
  {
    name: 'raises-exception',
    kernel,
    cells: [
      tagged('raises-exception', '1 / 0'),
      'print("goes on")',
      tagged('raises-exception', '1'),
      tagged('other', '2'),
    ],
  },
  {
    name: 'errors allowed',
    kernel,
    cells: ['1 / 0', 'print("goes on")', '1 +', 'raise KeyboardInterrupt', 'input("Who? ")'],
    allowErrors: true,
    statuses: ['failed', 'completed', 'failed', 'failed', 'failed'],
  },
  {
    name: 'errors with notes, of a group, with strange text',
    kernel,
    cells: [
      'raise ExceptionGroup("many", [ValueError(1), TypeError("2")])',
      'error = ValueError("v"); error.add_note("a note"); raise error',
      String.raw`raise ValueError("line\nline\0\x1b[31m中\U0001f600")`,
      'raise type("Ünï", (Exception,), {})()',
      lines(
        'class Unprintable(Exception):',
        '    def __str__(self): raise ValueError',
        'raise Unprintable',
      ),
    ],
    allowErrors: true,
    statuses: ['failed', 'failed', 'failed', 'failed', 'failed'],
  },
  {
    name: 'a traceback shown by a cell that does not fail',
    kernel,
    cells: [
      lines('try:', '    1 / 0', 'except ZeroDivisionError:', '    get_ipython().showtraceback()'),
      'print("goes on")',
    ],
  },
  {
    name: 'a magic that does not exist',
    kernel,
    cells: ['%nosuchmagic', '%%nosuchmagic\nprint("never")'],
    allowErrors: true,
    statuses: ['failed', 'failed'],
  },
  {
    name: 'a cell magic that fails',
    kernel,
    cells: [lines('%%bash', 'echo before', 'exit 3'), 'print("never")'],
    statuses: ['failed', 'pending'],
  },
]
