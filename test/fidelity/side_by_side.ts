import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { JupyterServer } from '../support/jupyter_server.ts'
import { installDenoKernel, installQuickPythonKernel, installRKernel } from '../support/kernels.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'
import { compare, type Comparison } from './comparison.ts'
import { fileOf, type FidelityNotebook } from './notebook.ts'
import { withNbclient } from './with_nbclient.ts'
import { withNbtrigger } from './with_nbtrigger.ts'

export interface NotebookFile {
  readonly notebook: FidelityNotebook
  /** The working directory of its kernel. */
  readonly folder: string
  readonly path: string
}

/** Where everything lies that one comparison needs. */
export interface Place {
  readonly home: string
  /** The folder with the kernelspecs. */
  readonly kernels: string
  readonly atATime: number
}

const atATime = 4

/** Executes the notebooks with nbclient and with nbtrigger, and compares what came of each. */
export async function sideBySide(
  notebooks: readonly FidelityNotebook[],
): Promise<readonly Comparison[]> {
  await using home = await ScratchFolder.make('fidelity')
  const place = { home: home.path, kernels: join(home.path, 'share'), atATime }
  await installKernels(notebooks, place.kernels)
  await using server = await JupyterServer.start({
    jupyterPath: [place.kernels],
    args: ['--ZMQChannelsWebsocketConnection.limit_rate=False'],
  })
  const files = await Promise.all(notebooks.map((notebook, i) => write(notebook, i, server.root)))
  const ours = withNbtrigger(files, server, atATime)
  const theirs = await withNbclient(files, place)
  const compared = files.map(async (file) => {
    const { notebook } = file
    const [nbclient, nbtrigger] = [theirs.get(notebook), await ours.get(file)]
    if (nbclient === undefined || nbtrigger === undefined) throw new Error('Cannot compare')
    return compare(notebook, { nbclient, nbtrigger })
  })
  return await Promise.all(compared)
}

async function installKernels(
  notebooks: readonly FidelityNotebook[],
  folder: string,
): Promise<void> {
  const names = new Set(notebooks.map(({ kernel }) => kernel))
  if (names.has('python3')) await installQuickPythonKernel(folder)
  if (names.has('ir')) await installRKernel(folder)
  if (names.has('deno')) await installDenoKernel(folder)
}

async function write(
  notebook: FidelityNotebook,
  index: number,
  root: string,
): Promise<NotebookFile> {
  const folder = join(root, `notebook-${index}`)
  await mkdir(folder)
  const path = join(folder, 'notebook.ipynb')
  await writeFile(path, JSON.stringify(fileOf(notebook)))
  return { notebook, folder, path }
}
