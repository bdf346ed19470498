import { randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { RunEvent, RunFinished } from '../../src/events.ts'
import { noOptions } from '../../src/request/run_options.ts'
import { createRunRedactor, executeRun } from '../../src/run/run.ts'
import { noop } from '../../src/util/abort.ts'
import { WarmPool } from '../../src/warm/pool.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { installQuickPythonKernel } from '../support/kernels.ts'
import { inLanes } from '../support/lanes.ts'
import { neverAborts } from '../support/observe.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'
import { until } from '../support/until.ts'
import { differences } from './differences.ts'
import { normalized } from './normalized.ts'
import { type Difference, type FidelityNotebook, type Fields, fileOf } from './notebook.ts'
import { withoutMarkers } from './papermill.ts'

/** What a notebook came to with a warm kernel and without one. */
export interface WarmComparison {
  readonly notebook: FidelityNotebook
  /** False where its setup fails, so that no kernel was warm. */
  readonly wasWarm: boolean
  /** Where they differ, as `nbclient` without a warm kernel, and as `nbtrigger` with one. */
  readonly differing: Readonly<Record<string, Difference>>
}

const atATime = 4

/**
 * Runs Python notebooks with a warm kernel and without one. Each gets a cell for parameters before its
 * last cell, so that all others are its setup.
 */
export async function warmAndCold(
  notebooks: readonly FidelityNotebook[],
): Promise<readonly WarmComparison[]> {
  await using home = await ScratchFolder.make('warm')
  await installQuickPythonKernel(home.path)
  await using server = await JupyterServer.start({
    jupyterPath: [home.path],
    args: ['--ZMQChannelsWebsocketConnection.limit_rate=False'],
  })
  const paths = await Promise.all(notebooks.map((each, place) => write(each, place, server.root)))
  const sizes = new Map(paths.map((path) => [path, 1]))
  const pool = new WarmPool({ sizes, maxKernels: 1000, maxAgeMs: 600_000 }, noop)
  try {
    const compared = inLanes(notebooks, atATime, (notebook) => {
      const path = paths[notebooks.indexOf(notebook)] ?? ''
      return compareRuns({ notebook, path, server, pool })
    })
    return await Promise.all(compared.values())
  } finally {
    await pool.close()
  }
}

interface ComparedNotebook {
  readonly notebook: FidelityNotebook
  readonly path: string
  readonly server: JupyterServer
  readonly pool: WarmPool
}

async function compareRuns(compared: ComparedNotebook): Promise<WarmComparison> {
  const { notebook, path, pool } = compared
  const cold = await runOnce(compared)
  await until('a warm kernel', () => {
    const status = pool.status.notebooks.find((each) => each.notebook === path)
    return status?.ready === 1 || (status?.problem ?? null) !== null || undefined
  })
  const warm = await runOnce(compared)
  return {
    notebook,
    wasWarm: warm.report.warm !== undefined,
    differing: differences(comparable(cold), comparable(warm)),
  }
}

async function runOnce({ notebook, path, server, pool }: ComparedNotebook): Promise<RunFinished> {
  const options = {
    ...noOptions,
    host: server.host,
    notebook: path,
    allowErrors: notebook.allowErrors ?? false,
    parameters: new Map([['number', 7n]]),
  }
  const env = { JUPYTER_TOKEN: server.token, JUPYTER_ALLOWED_HOSTS: '*' }
  const redactor = createRunRedactor(options, env)
  const identity = { runId: randomUUID(), messageId: null }
  const events: RunEvent[] = []
  const emit = (event: RunEvent) => void events.push(event)
  const input = { options, env, folder: '/', caller: 'http', redactor, ...identity } as const
  await executeRun(input, { emit, signal: neverAborts, warm: pool })
  const last = events.at(-1)
  if (last?.type === 'run_finished') return last
  throw new Error(`Cannot find the end of "${notebook.name}"`)
}

/** The executed notebook and the report, without times, ids, and how the kernel ended. */
function comparable({ notebook, report }: RunFinished): unknown {
  const { outcome, cells, result, outputComplete, warnings, error } = report
  const plain: Fields = JSON.parse(JSON.stringify(withoutMarkers(notebook ?? {})))
  const told = { outcome, cells, result, outputComplete, warnings, error }
  return normalized({ ...plain, cells: [plain['cells'], JSON.parse(JSON.stringify(told))] })
}

async function write(notebook: FidelityNotebook, place: number, root: string): Promise<string> {
  const folder = join(root, `notebook-${place}`)
  await mkdir(folder)
  const path = join(folder, 'notebook.ipynb')
  const parameters = { source: 'number = 0', metadata: { tags: ['parameters'] } }
  const cells = notebook.cells.toSpliced(-1, 0, parameters)
  await writeFile(path, JSON.stringify(fileOf({ ...notebook, cells })))
  return `/${relative(root, path)}`
}
