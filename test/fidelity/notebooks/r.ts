import { lines, type FidelityNotebook } from '../notebook.ts'

const kernel = 'ir'

export const r: readonly FidelityNotebook[] = [
  {
    name: 'values',
    kernel,
    cells: ['5 + 10', 'c(a = 1, b = 2)', 'invisible(3)', 'NULL', 'x <- 1'],
  },
  {
    name: 'streams and messages',
    kernel,
    cells: ['cat("out\\n"); message("told"); cat("é 中\\n")', 'warning("old"); print(1:3)'],
  },
  { name: 'several values of one cell', kernel, cells: ['1\n"two"\nlist(3)'] },
  { name: 'data frames and matrices', kernel, cells: ['data.frame(a = 1:2)', 'matrix(1:4, 2)'] },
  {
    name: 'displays and updates',
    kernel,
    cells: [
      'IRdisplay::display_html("<b>x</b>"); IRdisplay::display_markdown("*m*")',
      'IRdisplay::clear_output(); cat("kept")',
    ],
  },
  {
    name: 'an error ends the run',
    kernel,
    cells: [lines('f <- function() stop("no more")', 'f()'), 'cat("never")'],
    statuses: ['failed', 'pending'],
  },
  {
    name: 'errors allowed, and one of syntax',
    kernel,
    cells: ['stop("no more")', '1 +', 'cat("goes on")'],
    allowErrors: true,
    statuses: ['failed', 'failed', 'completed'],
  },
  { name: 'quit() in the last cell, which runs to its end', kernel, cells: ['q()\ncat("more")'] },
  {
    name: 'text, empty cells, counts and raises-exception',
    kernel,
    cells: [
      { cell_type: 'markdown', source: '# R' },
      '',
      { source: 'stop("meant")', metadata: { tags: ['raises-exception'] } },
      '# a comment',
      '2',
    ],
  },
]
