import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from '@jest/globals'
import { runCommand } from '../../support/command_run.ts'
import type { CommandOptions, CommandRun } from '../../support/command_run.ts'
import type { FaultProxy } from '../../support/fault_proxy.ts'
import type { KernelModel } from '../../support/jupyter_api.ts'
import type { JupyterServer } from '../../support/jupyter_server.ts'
import type { CellSource, NotebookOptions } from '../../support/notebook_file.ts'
import { until } from '../../support/until.ts'

export interface CellsOptions extends Omit<CommandOptions, 'token'> {
  /** Options of the command. */
  readonly args?: readonly string[]
  /** Where the command finds the server, when that is not its own address. */
  readonly host?: string
  readonly notebook?: NotebookOptions
  readonly token?: string
}

/** Runs a new notebook of these cells on the server by the command. */
export async function runCells(
  server: JupyterServer,
  cells: readonly CellSource[],
  options: CellsOptions = {},
): Promise<CommandRun> {
  const { args = [], host = server.host, notebook, token = server.token, ...rest } = options
  const path = `/${randomUUID()}.ipynb`
  await server.writeNotebook(path, cells, notebook)
  return await runCommand([host, path, ...args], { token, ...rest })
}

export async function expectNoKernel(server: Pick<JupyterServer, 'kernels'>): Promise<void> {
  expect(await server.kernels()).toEqual([])
}

export function textOf({ report }: Pick<CommandRun, 'report'>): unknown {
  return report.result?.data['text/plain']
}

/** Waits until the one run behind this proxy has a cell under way. */
export async function cellRuns(server: JupyterServer, proxy: FaultProxy): Promise<void> {
  const [, id] = /kernels\/([\w-]+)/.exec(await proxy.channel()) ?? []
  await kernelIsBusy(server, (kernel) => kernel.id === id)
}

/** Waits until a cell runs in such a kernel of the server, or in any: the kernel's id. */
export async function kernelIsBusy(
  server: JupyterServer,
  isIt: (kernel: KernelModel) => boolean = () => true,
): Promise<string> {
  const busy = async () => {
    const kernels = await server.kernels()
    return kernels.filter(isIt).find((kernel) => kernel.execution_state === 'busy')?.id
  }
  return until('a busy kernel', async () => {
    const id = await busy()
    if (id === undefined) return undefined
    await pause(300) // what a kernel does for less is to say who it is
    return await busy()
  })
}
