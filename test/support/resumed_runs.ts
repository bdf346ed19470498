import { readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { RunReport } from '../../src/events.ts'
import { type Ended, endOf, startCommand } from './command.ts'
import { JobProcess } from './job_process.ts'
import type { JupyterServer } from './jupyter_server.ts'
import type { Random } from './soak/random.ts'
import type { StorageServer } from './storage_server.ts'
import { until } from './until.ts'

/** A notebook whose every cell appends a line to a file, and that prints, displays and may fail. */
const notebooks = {
  'resumed_succeeds.ipynb': { outcome: 'succeeded', last: '6 * 7' },
  'resumed_fails.ipynb': { outcome: 'failed', last: 'raise ValueError("no more")' },
} as const

export type ResumedNotebook = keyof typeof notebooks

const lineCount = 5
/** The number of the cell with the display that the next one updates. */
const displayCell = 3

function cellsOf(last: string): readonly string[] {
  return [
    'import time\ndef note(n):\n    with open(file, "a") as f: f.write(f"{n}\\n")\nnote(0)',
    'note(1)\nfor i in range(10):\n    print("line", i, flush=True)\n    time.sleep(0.03)',
    'note(2)\nshown = display("first", display_id="shown")\ntime.sleep(0.1)',
    'note(3)\ntime.sleep(0.3)\nprint("late", flush=True)\nupdate = display("second", display_id="shown", update=True)',
    `note(4)\ntime.sleep(0.1)\n${last}`,
  ]
}

/** Runs notebooks by several processes, of which each but the last is killed. */
export class ResumedRuns {
  readonly #server: JupyterServer
  readonly #folder: string
  readonly #expected = new Map<string, unknown>()
  #counter = 0

  /** `folder`: where checkpoints and executed notebooks go. */
  constructor(server: JupyterServer, folder: string) {
    this.#server = server
    this.#folder = folder
  }

  /** Writes the notebooks, and runs each of them undisturbed, to have what the others must come to. */
  async prepare(): Promise<void> {
    for (const [name, { last }] of Object.entries(notebooks)) {
      const parameters = {
        type: 'code',
        source: 'file = ""',
        metadata: { tags: ['parameters'] },
      } as const
      await this.#server.writeNotebook(name, [parameters, ...cellsOf(last)])
      const paths = this.#paths()
      await endOf(await startCommand(this.#args(name, paths), this.env))
      this.#expected.set(name, shownCells(await readFile(paths.output, 'utf8')))
    }
  }

  get env(): Readonly<Record<string, string>> {
    return {
      JUPYTER_TOKEN: this.#server.token,
      NBTRIGGER_CHECKPOINTS: join(this.#folder, 'checkpoints'),
    }
  }

  /** Runs the notebook with some kills at moments drawn at random; returns what is not as it should be. */
  async run(name: ResumedNotebook, kills: number, random: Random): Promise<ResumedRun> {
    const paths = this.#paths()
    const begin = [...this.#args(name, paths), '--resumable', '--json']
    let runId: string | null = null
    let left = kills
    let report: RunReport | null = null
    let attempts = 0
    for (;;) {
      attempts += 1
      const args: readonly string[] = runId === null ? begin : ['--resume', runId, '--json']
      const ended = await this.#attempt(args, left > 0 ? nextKill(random) : null)
      const found: string | null = /--resume (\S+)/.exec(ended.stderr)?.[1] ?? runId
      const printed = reportIn(ended)
      if (printed !== null && !isUnknown(printed)) report = printed
      if (ended.status !== 'SIGKILL') {
        if (runId === null || printed === null || !isUnknown(printed) || report !== null) break
        runId = null // it was killed before it had begun
        continue
      }
      left -= 1
      runId = found
    }
    return { report, attempts, troubles: await this.#troubles(name, paths, report) }
  }

  /** The same as a task of the job, by as many attempts; the bucket "runs" gets what is written. */
  async runAsTask(
    name: ResumedNotebook,
    kills: number,
    random: Random,
    storage: StorageServer,
  ): Promise<ResumedRun> {
    const paths = this.#paths()
    const saved = basename(paths.output)
    const args = [...this.#args(name, { ...paths, output: `gs://runs/${saved}` }), '--verbose']
    const env = {
      JUPYTER_SERVER: this.#server.host,
      JUPYTER_TOKEN: this.#server.token,
      STORAGE_EMULATOR_HOST: storage.url,
      NBTRIGGER_CHECKPOINTS: 'gs://runs/checkpoints',
      NBTRIGGER_TASK_RETRIES: String(kills),
    }
    const given = { args: [args.join(' ')], env, execution: saved }
    let report: RunReport | null = null
    for (let attempt = 0; ; attempt += 1) {
      await using task = await JobProcess.start({ ...given, attempt })
      if (attempt < kills) {
        await untilDue(nextKill(random), task, () => task.output.includes('"cell_started"'))
        if (task.status === undefined) await task.kill()
      }
      const status = await task.end()
      report = reportAmong(task.output) ?? report
      if (status === 'SIGKILL') continue
      const bytes = storage.objects.get(`runs/${saved}`)?.bytes
      if (bytes !== undefined) await writeFile(paths.output, bytes)
      return {
        report,
        attempts: attempt + 1,
        troubles: await this.#troubles(name, paths, report),
      }
    }
  }

  async #attempt(args: readonly string[], kill: Kill | null): Promise<Ended> {
    await using child = await startCommand(args, this.env)
    if (kill !== null) {
      await untilDue(kill, child, () => /^\[\d/m.test(child.stderr))
      if (child.status === undefined) process.kill(child.pid, 'SIGKILL')
    }
    return await endOf(child, 120_000)
  }

  async #troubles(
    name: ResumedNotebook,
    paths: RunPaths,
    report: RunReport | null,
  ): Promise<readonly string[]> {
    if (report === null) return ['no report']
    const { outcome } = notebooks[name]
    const lines = (await readFile(paths.lines, 'utf8')).split('\n').filter(Boolean)
    const expected = Array.from({ length: lineCount }, (_, line) => String(line))
    const saved = shownCells(await readFile(paths.output, 'utf8'))
    return [
      ...(report.outcome === outcome
        ? []
        : [`outcome ${report.outcome}: ${report.error?.message}`]),
      ...(String(lines) === String(expected) ? [] : [`lines ${String(lines)}`]),
      ...(report.kernelDeleted === true ? [] : [`kernelDeleted ${String(report.kernelDeleted)}`]),
      ...differences(saved, this.#expected.get(name), report),
    ]
  }

  /** `output` is a path, or an address. */
  #args(name: string, { lines, output }: RunPaths): readonly string[] {
    const { host } = this.#server
    const address = output.startsWith('gs:') ? output : `file:${output}`
    return [host, `/${name}`, '-p', 'file', lines, '-o', address]
  }

  #paths(): RunPaths {
    this.#counter += 1
    return {
      lines: join(this.#folder, `lines-${this.#counter}`),
      output: join(this.#folder, `executed-${this.#counter}.ipynb`),
    }
  }
}

interface Kill {
  readonly after: string
  readonly ms: number
}

/** Most kills come while cells run. */
function nextKill(random: Random): Kill {
  return random.fraction() < 0.3
    ? { after: 'its start', ms: random.between(150, 1_500) }
    : { after: 'its first cell', ms: random.between(0, 1_200) }
}

/** Waits for this moment, or for the end of the process. */
async function untilDue(
  { after, ms }: Kill,
  killed: { readonly status: unknown },
  hasBegunCell: () => boolean,
): Promise<void> {
  const isDue = () => after === 'its start' || hasBegunCell()
  await until('the moment', () => isDue() || killed.status !== undefined || undefined)
  await pause(ms)
}

/** The report in what an attempt of the task has written. */
function reportAmong(output: string): RunReport | null {
  const line = output.split('\n').find((each) => each.includes('"event":"run_finished"'))
  if (line === undefined || !line.endsWith('}')) return null
  const report: RunReport = JSON.parse(line)
  return report
}

export interface ResumedRun {
  readonly report: RunReport | null
  /** How many processes it took. */
  readonly attempts: number
  /** Empty when all is as it should be. */
  readonly troubles: readonly string[]
}

interface RunPaths {
  readonly lines: string
  readonly output: string
}

function reportIn({ stdout }: Ended): RunReport | null {
  if (!stdout.endsWith('\n')) return null
  const report: RunReport = JSON.parse(stdout)
  return report
}

/** There was no checkpoint. */
function isUnknown({ error }: RunReport): boolean {
  return error?.code === 'ARGUMENTS_INVALID'
}

interface ShownCell {
  readonly source: string
  readonly count: unknown
  readonly outputs: string
}

/** What a person sees of the cells, without the parameters, which differ, and the banner of a failure. */
function shownCells(text: string): readonly ShownCell[] {
  const { cells } = JSON.parse(text)
  if (!Array.isArray(cells)) throw new Error('Cannot find cells')
  return cells.flatMap((cell) => {
    const { cell_type, source, execution_count, outputs, metadata } = cell
    if (cell_type !== 'code' || metadata.tags.includes('injected-parameters')) return []
    return [{ source: String(source), count: execution_count, outputs: JSON.stringify(outputs) }]
  })
}

/** Output may be missing where a warning names the cell; then what is there must be part of the whole. */
function differences(
  saved: readonly ShownCell[],
  expected: unknown,
  { warnings, outputComplete }: RunReport,
): readonly string[] {
  if (!Array.isArray(expected)) return ['nothing to compare with']
  const isNamed = (index: number) => warnings.some((each) => each.includes(`cell ${index}`))
  return expected.flatMap(({ outputs, count }: ShownCell, place) => {
    const cell = saved[place]
    if (cell?.count !== count) return [`cell ${place}: count ${String(cell?.count)}`]
    if (cell?.outputs === outputs) return []
    // A later cell updates the display of this one.
    const isMissing = isNamed(place) || (place === displayCell && isNamed(displayCell + 1))
    if (isMissing && !outputComplete) return []
    return [`cell ${place}: ${cell?.outputs} for ${outputs}`]
  })
}
