import { lines, type FidelityNotebook } from '../notebook.ts'

const kernel = 'python3'
const imports = 'from IPython.display import clear_output, display, update_display'

export const clearing: readonly FidelityNotebook[] = [
  {
    name: 'clear_output at once',
    kernel,
    cells: [
      lines(imports, 'print("gone"); clear_output(); print("kept"); 1'),
      'print("gone"); clear_output()',
    ],
  },
  {
    name: 'clear_output that waits for the next output, or for nothing',
    kernel,
    cells: [
      lines(
        imports,
        'for i in range(3):',
        '    print("step", i)',
        '    clear_output(wait=True)',
        '    display(f"shown {i}")',
      ),
      'print("kept"); clear_output(wait=True)',
      'print("last")',
    ],
  },
  {
    name: 'clear_output that waits by a number',
    kernel,
    cells: [
      lines(imports, 'print("gone"); clear_output(wait=1); print("kept")'),
      'print("gone"); clear_output(wait=0); print("kept")',
      'print("gone"); clear_output(wait=None); print("kept")',
    ],
  },
  {
    name: 'clear_output that waits, then an update',
    kernel,
    cells: [
      lines(
        imports,
        'handle = display("old", display_id="id")',
        'clear_output(wait=True); handle.update("new")',
      ),
      'clear_output(wait=True); update_display("newest", display_id="id")',
    ],
  },
  {
    name: 'clear_output that waits, then an error',
    kernel,
    cells: [lines(imports, 'print("gone"); clear_output(wait=True); 1 / 0')],
    statuses: ['failed'],
  },
  {
    name: 'a cleared display is updated no more',
    kernel,
    cells: [
      lines(
        imports,
        'gone = display("gone", display_id="id"); clear_output(); print("kept")',
        'gone.update("nobody sees it")',
      ),
      'again = display("again", display_id="id")',
      'gone.update("seen in the second cell")',
    ],
  },
  {
    name: 'clear_output of one cell leaves the displays of others',
    kernel,
    cells: [
      lines(imports, 'handle = display("first", display_id="id")'),
      'display("second", display_id="id"); clear_output(); handle.update("third")',
    ],
  },
]
