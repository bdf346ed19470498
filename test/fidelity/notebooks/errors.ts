import { lines, type FidelityNotebook } from '../notebook.ts'

const kernel = 'python3'
const tagged = (tag: string, source: string) => ({ source, metadata: { tags: [tag] } })

/**
 * A cell that shows an error although IPython answers `ok`: nbclient goes on, papermill goes on and
 * lets the run fail in the end, and nbtrigger ends the run there.
 */
function hidden(name: string, source: string): FidelityNotebook {
  return {
    name: `an error that the answer hides: ${name}`,
    kernel,
    cells: ['"before"', source, 'print("goes on")'],
    statuses: ['completed', 'failed', 'pending'],
    differs: {
      'cells[2].execution_count': { nbclient: 3, nbtrigger: null },
      'cells[2].metadata.execution': { nbclient: steps, nbtrigger: undefined },
      'cells[2].outputs': { nbclient: [goesOn], nbtrigger: [] },
    },
  }
}

const goesOn = { output_type: 'stream', name: 'stdout', text: 'goes on\n' }

/** The times of a cell that was executed. */
const steps = {
  'iopub.status.busy': '<time>',
  'iopub.execute_input': '<time>',
  'shell.execute_reply': '<time>',
  'iopub.status.idle': '<time>',
}

export const errors: readonly FidelityNotebook[] = [
  hidden(
    'a traceback shown',
    lines('try:', '    1 / 0', 'except ZeroDivisionError:', '    get_ipython().showtraceback()'),
  ),
  hidden('%%capture', lines('%%capture log', 'print("captured")', '1 / 0')),
  hidden('run_cell()', 'end = get_ipython().run_cell("1 / 0")'),
  hidden(
    '%run of a script that exits with 3',
    lines(
      'from pathlib import Path',
      'size = Path("script.py").write_text("import sys\\nprint(1)\\nsys.exit(3)")',
      '%run script.py',
    ),
  ),
  hidden(
    'a callback',
    lines(
      'def fail(*_):',
      '    get_ipython().events.unregister("post_run_cell", fail)',
      '    raise KeyError("k")',
      'get_ipython().events.register("post_run_cell", fail)',
      'get_ipython().events.print_on_error = False',
    ),
  ),
  {
    name: 'errors that the answer hides, allowed and meant, and one that is cleared',
    kernel,
    cells: [
      tagged('raises-exception', lines('%%capture', '1 / 0')),
      lines('%%capture', '1 / 0'),
      lines(
        'from IPython.display import clear_output',
        'end = get_ipython().run_cell("1 / 0")',
        'clear_output()',
      ),
      'print("goes on")',
    ],
    allowErrors: true,
    statuses: ['completed', 'failed', 'completed', 'completed'],
  },
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
