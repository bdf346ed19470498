import { join } from 'node:path'
import { JupyterServer } from '../jupyter_server.ts'
import { inLanes } from '../lanes.ts'
import { Opened } from '../opened.ts'
import { type ResumedNotebook, ResumedRuns } from '../resumed_runs.ts'
import { ScratchFolder } from '../scratch_folder.ts'
import { StorageServer } from '../storage_server.ts'
import { Random } from './random.ts'

export interface ResumeSoakFigures {
  readonly runs: number
  /** How many processes it took, and how often one went on with the run of another. */
  readonly processes: number
  readonly resumptions: number
  /** Runs that say that output is or may be missing. */
  readonly incompleteRuns: number
  readonly troubles: number
  readonly kernelsLeft: number
}

interface SoakOptions {
  readonly seed: number
  readonly runs: number
  readonly lanes: number
  readonly onRun: (line: string) => void
}

/** Runs whose process is killed at random moments, 1 to 3 times each; every fourth is a task of the job. */
export async function resumeSoak(options: SoakOptions): Promise<ResumeSoakFigures> {
  await using opened = new Opened()
  const server = opened.use(await JupyterServer.start())
  const folder = opened.use(await ScratchFolder.make('resumed'))
  const storage = opened.use(await StorageServer.start('runs'))
  const resumed = new ResumedRuns(server, join(folder.path))
  await resumed.prepare()
  const random = new Random(options.seed)
  const figures = { runs: 0, processes: 0, resumptions: 0, incompleteRuns: 0, troubles: 0 }
  const names: readonly ResumedNotebook[] = ['resumed_succeeds.ipynb', 'resumed_fails.ipynb']
  const runs = Array.from({ length: options.runs }, (_, place) => {
    const own = new Random(random.between(1, 1_000_000_000))
    return { place, name: names[place % 3 === 2 ? 1 : 0] ?? 'resumed_succeeds.ipynb', own }
  })
  const results = inLanes(runs, options.lanes, async ({ place, name, own }) => {
    const kills = own.between(1, 3)
    const { report, attempts, troubles } = await (place % 4 === 1
      ? resumed.runAsTask(name, kills, own, storage)
      : resumed.run(name, kills, own))
    figures.runs += 1
    figures.processes += attempts
    figures.resumptions += report?.resumed?.length ?? 0
    figures.incompleteRuns += report?.outputComplete === false ? 1 : 0
    figures.troubles += troubles.length
    const trouble = troubles.length === 0 ? '' : ` ${troubles.join('; ')} ${JSON.stringify(report)}`
    options.onRun(`${place + 1}: ${attempts} processes${trouble}`)
  })
  await Promise.all(results.values())
  return { ...figures, kernelsLeft: (await server.kernels()).length }
}
