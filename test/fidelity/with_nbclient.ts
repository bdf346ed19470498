import { readFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { isRecord } from '../../src/util/record.ts'
import { pythonEnvironment } from '../support/python_environment.ts'
import { repositoryRoot } from '../support/repository.ts'
import { runProgram } from '../support/run_program.ts'
import type { FidelityNotebook, Fields } from './notebook.ts'
import type { NotebookFile, Place } from './side_by_side.ts'

const program = join(repositoryRoot, 'test/fidelity/execute.py')

/** Executes the files with nbclient in one process, which starts the kernels that a server would. */
export async function withNbclient(
  files: readonly NotebookFile[],
  { home, kernels, atATime }: Place,
): Promise<ReadonlyMap<FidelityNotebook, Fields>> {
  const target = (index: number) => join(home, `executed-${index}.ipynb`)
  const jobs = files.map(({ notebook, folder, path }, index) => ({
    name: notebook.name,
    source: path,
    folder,
    target: target(index),
    // Kernels that start at the same time may choose the same port; Deno knows nothing but ports.
    kernel_manager:
      notebook.kernel === 'deno' ? {} : { transport: 'ipc', ip: join(home, `kernel-${index}`) },
    options: { allow_errors: notebook.allowErrors ?? false, timeout: 60 },
  }))
  const list = join(home, 'jobs.json')
  await writeFile(list, JSON.stringify(jobs))
  const python = await pythonEnvironment()
  await runProgram({
    command: python.bin('python'),
    args: [program, list, String(atATime)],
    env: {
      PATH: [python.bin(''), process.env['PATH']].join(delimiter),
      LANG: 'C.UTF-8',
      HOME: home,
      IPYTHONDIR: join(home, 'ipython'),
      JUPYTER_PATH: kernels,
    },
    cwd: home,
  })
  const read = files.map(async ({ notebook }, index) => {
    return [notebook, await readJson(target(index))] as const
  })
  return new Map(await Promise.all(read))
}

async function readJson(path: string): Promise<Fields> {
  const json: unknown = JSON.parse(await readFile(path, 'utf8'))
  if (!isRecord(json)) throw new Error(`Cannot read "${path}": it is not an object`)
  return json
}
