import { relative } from 'node:path'
import type { JupyterServer } from '../support/jupyter_server.ts'
import { inLanes } from '../support/lanes.ts'
import { runArgs } from '../support/run_args.ts'
import type { Fields } from './notebook.ts'
import type { NotebookFile } from './side_by_side.ts'

/** Executes each file with nbtrigger over the live server; the promise gives what it hands over. */
export function withNbtrigger(
  files: readonly NotebookFile[],
  server: JupyterServer,
  atATime: number,
): ReadonlyMap<NotebookFile, Promise<Fields>> {
  return inLanes(files, atATime, async ({ notebook, path }) => {
    const flags = notebook.allowErrors ? ['--allow-errors'] : []
    const args = [server.host, `/${relative(server.root, path)}`, '--timeout', '90', ...flags]
    const { events, report } = await runArgs(args, { JUPYTER_TOKEN: server.token })
    const last = events.at(-1)
    if (last?.type === 'run_finished' && last.notebook !== null) return last.notebook
    throw new Error(`Cannot execute "${notebook.name}": ${report.error?.message}`)
  })
}
