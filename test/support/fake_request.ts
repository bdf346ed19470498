export const token = 'secret-token-of-the-fake'

/** An nbformat 4 notebook of these code cells. */
export function notebookOf(sources: readonly string[], metadata: object = pythonMetadata): object {
  const cells = sources.map((source, place) => ({
    cell_type: 'code',
    id: `cell-${place}`,
    metadata: {},
    source,
    outputs: [],
    execution_count: null,
  }))
  return { nbformat: 4, nbformat_minor: 5, metadata, cells }
}

const pythonMetadata = { kernelspec: { name: 'python3', language: 'python' } }

/** Short limits, and nothing that is not asked for. */
export const plainRequest = {
  notebook: '/folder/test.ipynb',
  idTokenAudience: null,
  ignoredProxy: null,
  parameters: new Map(),
  secrets: [],
  outputs: [],
  kernelName: null,
  kernelId: null,
  keepKernel: false,
  allowErrors: false,
  verbose: false,
  json: false,
  runTimeoutMs: 20_000,
  cellTimeoutMs: null,
  startTimeoutMs: 10_000,
  maxOutputMegabytes: 64,
  warnings: [],
}
