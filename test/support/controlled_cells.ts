import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { JupyterServer } from './jupyter_server.ts'
import type { CellSource } from './notebook_file.ts'
import { until } from './until.ts'

/**
 * A cell whose error is allowed. After it, that of an interrupted cell comes in time: IPython imports
 * much for the first traceback.
 */
export const loadsTracebacks: CellSource = {
  type: 'code',
  source: '1/0',
  metadata: { tags: ['raises-exception'] },
}

/** A cell that has `begun()` resolve when it runs, and then does the rest. */
export function telling({ root }: Pick<JupyterServer, 'root'>, rest: string) {
  const file = join(root, randomUUID())
  const begun = () => until('the cell', () => existsSync(file) || undefined)
  return { cell: `open("${file}", "w").close()\n${rest}`, begun }
}

/** A cell that prints numbers, at least `count`, until `stop()` is called. */
export function printing({ root }: Pick<JupyterServer, 'root'>, count: number) {
  const file = join(root, randomUUID())
  const cell = `
import os, time
n = 0
while n < ${count} or not os.path.exists("${file}"):
    print(n, flush=True)
    time.sleep(0.1)
    n += 1
'all printed'`
  return { cell, stop: () => writeFile(file, '') }
}
