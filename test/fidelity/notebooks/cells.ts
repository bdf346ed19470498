import { lines, type FidelityNotebook } from '../notebook.ts'

const kernel = 'python3'
const stream = (text: string) => ({ output_type: 'stream', name: 'stdout', text })
const old = { execution_count: 7, outputs: [stream('old\n')] }

export const cells: readonly FidelityNotebook[] = [
  {
    name: 'cells of text, and cells with nothing to run',
    kernel,
    cells: [
      { cell_type: 'markdown', source: '# Title', metadata: { tags: ['title'], mine: [1] } },
      {
        cell_type: 'markdown',
        source: '![x](attachment:x.txt)',
        attachments: { 'x.txt': { 'text/plain': 'x' } },
      },
      { cell_type: 'raw', source: 'raw', metadata: { format: 'text/plain' } },
      '',
      ' \n\t\n',
      '# a comment',
      '1',
    ],
  },
  {
    name: 'execution counts, and sources of several lines',
    kernel,
    cells: [
      '1',
      { cell_type: 'markdown', source: '' },
      '',
      'x = 2',
      'In[2]',
      'Out[1]',
      { source: ['a = 1\n', '\n', 'a + 1\n'] },
      'if a:\r\n    print("CRLF")',
    ],
  },
  {
    name: 'the count of a cell that runs another one, which the reply counts too high',
    kernel,
    cells: ['1', 'end = get_ipython().run_cell("2", store_history=True); 3', '4'],
    // nbclient counts the cells, papermill takes the same as nbtrigger.
    differs: { 'cells[2].execution_count': { nbclient: 3, nbtrigger: 4 } },
  },
  {
    name: 'outputs and counts of an earlier run',
    kernel,
    cells: [
      { source: '1', ...old },
      { source: 'x = 1', ...old },
    ],
  },
  {
    name: 'skip-execution',
    kernel,
    cells: ['x = 1', { source: 'x = 2', metadata: { tags: ['skip-execution'] } }, 'x'],
  },
  {
    name: 'outputs of an earlier run in cells that do not run',
    kernel,
    cells: [
      { source: 'x', metadata: { tags: ['skip-execution'] }, ...old },
      { source: ' ', ...old },
      '1',
    ],
    differs: {
      'cells[0].execution_count': { nbclient: 7, nbtrigger: null },
      'cells[0].outputs': { nbclient: [stream('old\n')], nbtrigger: [] },
      'cells[1].execution_count': { nbclient: 7, nbtrigger: null },
      'cells[1].outputs': { nbclient: [stream('old\n')], nbtrigger: [] },
    },
  },
  {
    name: 'timing of an earlier run, and a time limit',
    kernel,
    cells: [
      { source: '1', metadata: { execution: { 'iopub.status.busy': 'old', 'shell.x': 'old' } } },
      { cell_type: 'markdown', source: '', metadata: { collapsed: true } },
      { source: '1', metadata: { execution: { timeout: 30 } } },
    ],
    differs: { 'cells[2].metadata.execution.timeout': { nbclient: undefined, nbtrigger: '30' } },
  },
  {
    name: 'metadata of the notebook and its cells, language_info',
    kernel,
    cells: [{ source: '1', metadata: { tags: ['a', 'b'], mine: { deep: [null, 'é'] } } }],
    metadata: {
      language_info: { name: 'python', version: '1.0', old: true },
      title: 'T',
      authors: [{ name: 'A' }],
      mine: { deep: [1.5] },
    },
  },
  {
    name: 'captured output, and files written',
    kernel,
    cells: [
      lines('%%capture captured', 'print("hidden")', '1'),
      'captured.stdout; captured.show()',
      lines('%%writefile /dev/null', 'text'),
      '%cat /dev/null',
    ],
  },
  {
    name: 'what a pager would show, and the next input',
    kernel,
    cells: [
      'def f():\n    "It does."',
      'f?',
      '%pinfo2 f',
      'get_ipython().set_next_input("x = 1"); print("asked")',
    ],
  },
]
