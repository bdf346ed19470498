import { lines, type FidelityNotebook } from '../notebook.ts'

const kernel = 'python3'
const stream = (text: string) => ({ output_type: 'stream', name: 'stdout', text })
const shown = (text: string) => {
  return { output_type: 'display_data', data: { 'text/plain': text }, metadata: {} }
}

/**
 * nbclient drops what a cell puts out after its end; nbtrigger puts it where it belongs. The second
 * cell lets the first one's output begin, and waits for it: so it is late on any machine.
 */
export const late: readonly FidelityNotebook[] = [
  {
    name: 'late output of a thread, which IPython gives to the cell that runs by then',
    kernel,
    cells: [
      lines(
        'import threading',
        'begun = threading.Event()',
        'def tell():',
        '    begun.wait()',
        '    print("late", flush=True)',
        'thread = threading.Thread(target=tell)',
        'thread.start()',
      ),
      'begun.set(); thread.join(); print("second cell")',
    ],
  },
  {
    name: 'late output of a task is in its own cell',
    kernel,
    cells: [
      lines(
        'import asyncio',
        'begun = asyncio.Event()',
        'async def tell():',
        '    await begun.wait()',
        '    print("from the task")',
        '    display("shown by the task")',
        'task = asyncio.create_task(tell())',
      ),
      'begun.set(); await task; print("second cell")',
    ],
    differs: {
      'cells[0].outputs': {
        nbclient: [],
        nbtrigger: [stream('from the task\n'), shown("'shown by the task'")],
      },
    },
  },
  {
    name: 'late output joins the stream that its cell had',
    kernel,
    cells: [
      lines(
        'import asyncio',
        'begun = asyncio.Event()',
        'async def tell():',
        '    await begun.wait()',
        '    print("late")',
        'task = asyncio.create_task(tell())',
        'print("early")',
      ),
      'begun.set(); await task; print("second cell")',
    ],
    differs: {
      'cells[0].outputs[0].text': { nbclient: 'early\n', nbtrigger: 'early\nlate\n' },
    },
  },
]
