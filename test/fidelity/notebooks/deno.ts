import { lines, type FidelityNotebook } from '../notebook.ts'

const kernel = 'deno'

const result = (type: string, text: string, count: number) => {
  const data = { [type]: text }
  return { output_type: 'execute_result', data, metadata: {}, execution_count: count }
}
const plain = (text: string, count: number) => result('text/plain', text, count)
const stream = (name: string, text: string) => ({ output_type: 'stream', name, text })
const broadcast = (type: string, content: string) =>
  `await Deno.jupyter.broadcast("${type}", ${content})`

/** This kernel sends values and displays now before and now after a cell's idle status. */
export const deno: readonly FidelityNotebook[] = [
  {
    name: 'values',
    kernel,
    cells: ['5 + 10', 'const x: number = 1', 'x + 1', '[x, "two"]'],
    late: {
      0: [plain('15', 1)],
      2: [plain('2', 3)],
      3: [plain('[ 1, "two" ]', 4)],
    },
  },
  {
    name: 'streams',
    kernel,
    cells: ['console.log("out"); console.log("é 中 😀")', 'console.error("err")'],
    late: {
      0: [stream('stdout', 'out\né 中 😀\n')],
      1: [stream('stderr', 'err\n')],
    },
  },
  {
    name: 'a promise that is awaited',
    kernel,
    cells: [
      'await new Promise((done) => setTimeout(done, 50)); console.log("awaited")',
      'await Promise.resolve(7)',
    ],
    late: {
      0: [stream('stdout', 'awaited\n')],
      1: [plain('7', 2)],
    },
  },
  {
    name: 'displays',
    kernel,
    cells: [
      broadcast(
        'display_data',
        '{ data: { "text/html": "<b>x</b>" }, metadata: {}, transient: {} }',
      ),
      'Deno.jupyter.html`<i>y</i>`',
      'Deno.jupyter.md`*z*`',
    ],
    late: {
      0: [{ output_type: 'display_data', data: { 'text/html': '<b>x</b>' }, metadata: {} }],
      1: [result('text/html', '<i>y</i>', 2)],
      2: [result('text/markdown', '*z*', 3)],
    },
  },
  {
    name: 'an update of a display',
    kernel,
    cells: [
      lines(
        'const shown = (text: string) => ({',
        '  data: { "text/plain": text }, metadata: { text }, transient: { display_id: "id" },',
        '})',
        broadcast('display_data', 'shown("old")'),
      ),
      broadcast('update_display_data', 'shown("new")'),
    ],
    late: {
      0: [
        { output_type: 'display_data', data: { 'text/plain': 'new' }, metadata: { text: 'new' } },
      ],
    },
  },
  {
    name: 'an error ends the run',
    kernel,
    cells: ['throw new Error("no more")', 'console.log("never")'],
    statuses: ['failed', 'pending'],
  },
  {
    name: 'errors allowed, and one of syntax',
    kernel,
    cells: ['throw new TypeError("no more")', 'const = 1', 'console.log("goes on")'],
    allowErrors: true,
    statuses: ['failed', 'failed', 'completed'],
    late: { 2: [stream('stdout', 'goes on\n')] },
  },
  {
    name: 'text, empty cells, counts and raises-exception',
    kernel,
    cells: [
      { cell_type: 'markdown', source: '# Deno' },
      '',
      { source: 'throw new Error("meant")', metadata: { tags: ['raises-exception'] } },
      '2',
    ],
    late: { 3: [plain('2', 2)] },
  },
]
