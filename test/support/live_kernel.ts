import type { RunEvent } from '../../src/events.ts'
import { type CellEnd, executeCell, type Execution } from '../../src/execution/cell_execution.ts'
import { ExecutedNotebook } from '../../src/execution/executed_notebook.ts'
import { tokenCredentials } from '../../src/jupyter/credentials.ts'
import { Kernel } from '../../src/jupyter/kernel.ts'
import { readNotebook } from '../../src/jupyter/nbformat.ts'
import { JupyterServer as ServerClient } from '../../src/jupyter/server.ts'
import { createRedactor } from '../../src/redaction/redactor.ts'
import { notebookOf } from './fake_request.ts'
import type { JupyterServer } from './jupyter_server.ts'
import { neverAborts } from './observe.ts'

/** A new kernel of a real server, connected. */
export async function startKernel(server: JupyterServer, name = 'python3'): Promise<Kernel> {
  const client = new ServerClient(new URL(`${server.url}/`), tokenCredentials(server.token))
  const kernel = Kernel.create(client.kernels, { name, keep: false })
  await kernel.start('notebook.ipynb', neverAborts)
  await kernel.connect(neverAborts)
  return kernel
}

/** Executes the source as the one cell of a notebook; throws what executeCell() throws. */
export async function executeSource(
  kernel: Kernel,
  source: string,
  options: Partial<Execution> = {},
): Promise<{ readonly end: CellEnd; readonly events: readonly RunEvent[] }> {
  const facts = {
    path: '/notebook.ipynb',
    parameters: new Map(),
    maxOutputMegabytes: 64,
    redactor: createRedactor([]),
  }
  const executed = new ExecutedNotebook(readNotebook(notebookOf([source]), 'notebook.ipynb'), facts)
  const events: RunEvent[] = []
  const emit = (event: RunEvent) => void events.push(event)
  const execution = { kernel, executed, allowErrors: false, emit, ...options }
  const cell = {
    position: 1,
    ref: { index: 0, id: null, source },
    expectsError: false,
    limit: null,
  }
  const end = await executeCell(execution, cell, neverAborts)
  return { end, events }
}
