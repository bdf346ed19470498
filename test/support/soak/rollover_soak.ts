import { JupyterServer } from '../jupyter_server.ts'
import { installOptionalKernels } from '../kernels.ts'
import { inLanes } from '../lanes.ts'
import { Opened } from '../opened.ts'
import { hasPart } from '../parts.ts'
import { dialectsHere, rolloverServers, runWithRollovers } from '../rollovers.ts'
import { ScratchFolder } from '../scratch_folder.ts'

/** Everything but `runs`, `rollovers` and `lines` has to be 0. */
export interface RolloverSoakFigures {
  runs: number
  rollovers: number
  lines: number
  lostLines: number
  disorderlyCells: number
  /** Runs that did not succeed, have a warning or may have lost output, as they say. */
  disturbedRuns: number
  kernelsLeft: number
}

interface SoakOptions {
  /** How many sockets are replaced at least. */
  readonly rollovers: number
  readonly lanes: number
  readonly onRun: (line: string) => void
}

const load = { lifetimeMs: 2_000, cellMs: 12_000, floodLines: 5_000, shortCells: 100 }

/** Runs with a new socket every 2 s, on every server and kernel that is here, again and again. */
export async function rolloverSoak(options: SoakOptions): Promise<RolloverSoakFigures> {
  await using opened = new Opened()
  const { path } = opened.use(await ScratchFolder.make('kernels'))
  await installOptionalKernels(path)
  const servers: (readonly [string, JupyterServer])[] = []
  for (const [name, server] of Object.entries(rolloverServers)) {
    if (name === 'debian' && !hasPart('debian-jupyter')) continue
    const started = await JupyterServer.start({ ...server, jupyterPath: [path] })
    servers.push([name, opened.use(started)])
  }
  const figures: RolloverSoakFigures = {
    runs: 0,
    rollovers: 0,
    lines: 0,
    lostLines: 0,
    disorderlyCells: 0,
    disturbedRuns: 0,
    kernelsLeft: 0,
  }
  const round = servers.flatMap(([place, server]) =>
    dialectsHere().map(([kernel, dialect]) => ({ name: `${kernel} on ${place}`, server, dialect })),
  )
  while (figures.rollovers < options.rollovers) {
    const runs = inLanes(round, options.lanes, async ({ name, server, dialect }) => {
      const run = await runWithRollovers(server, dialect, load)
      const { report, rollovers, lines, lostLines, disorderlyCells } = run
      const isDisturbed =
        report.outcome !== 'succeeded' || !report.outputComplete || report.warnings.length > 0
      figures.runs += 1
      figures.rollovers += rollovers
      figures.lines += lines
      figures.lostLines += lostLines
      figures.disorderlyCells += disorderlyCells
      figures.disturbedRuns += isDisturbed ? 1 : 0
      const trouble = isDisturbed ? ` ${JSON.stringify(report)}` : ''
      options.onRun(`${name}: ${rollovers} rollovers, ${lostLines} lines lost${trouble}`)
    })
    await Promise.all(runs.values())
  }
  for (const [, server] of servers) figures.kernelsLeft += (await server.kernels()).length
  return figures
}
