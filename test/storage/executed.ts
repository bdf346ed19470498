const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+M8AAAMBAQDJ/pLvAAAAAElFTkSuQmCC'

const outputs = [
  { output_type: 'stream', name: 'stdout', text: 'first\nsecond größe 日本\nno end' },
  {
    output_type: 'display_data',
    data: {
      'text/html': '<p>\n<b>bold</b></p>',
      'image/png': `${pixel}\n`,
      'image/svg+xml': '<svg>\n</svg>',
      'application/json': { lines: 'a\nb' },
    },
    metadata: {},
  },
  {
    output_type: 'execute_result',
    data: { 'text/plain': '15' },
    metadata: {},
    execution_count: 1,
  },
  { output_type: 'error', ename: 'ValueError', evalue: 'a\nb', traceback: ['a\nb', 'c'] },
]

/** A notebook as it is after a run, in the form in which Jupyter's contents API gives it. */
export function executedNotebook(text = 'first\nsecond größe 日本\nno end'): object {
  const [stream, ...others] = outputs
  return {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { name: 'python3', display_name: 'Python 3', language: 'python' } },
    cells: [
      {
        cell_type: 'code',
        id: 'code',
        metadata: { trusted: true, tags: ['keep'] },
        source: 'x = 5\nx + 10',
        execution_count: 1,
        outputs: [{ ...stream, text }, ...others],
      },
      {
        cell_type: 'markdown',
        id: 'words',
        metadata: {},
        source: '# Report\n\n![dot](attachment:dot.png)',
        attachments: { 'dot.png': { 'image/png': pixel, 'text/plain': 'a\nb' } },
      },
      {
        cell_type: 'code',
        id: 'empty',
        metadata: {},
        source: '',
        execution_count: null,
        outputs: [],
      },
    ],
  }
}
