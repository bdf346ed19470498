import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { RunError } from '../../src/errors.ts'
import { createRunRedactor } from '../../src/run/run.ts'
import type { RunReport } from '../../src/events.ts'
import { noOptions, type RunOptions } from '../../src/request/run_options.ts'
import { readServerConfig } from '../../src/request/server_config.ts'
import { readSets } from '../../src/request/sets.ts'
import { sweepAttributes } from '../../src/sweep/publish_sweep.ts'
import { prepareSweep, type Sweep } from '../../src/sweep/prepare.ts'
import { entryOf } from '../../src/sweep/report.ts'
import { runSweep, type RunSet } from '../../src/sweep/sweep.ts'
import { createRunId } from '../../src/util/run_id.ts'
import { sampleReport } from '../reporting/sample_events.ts'
import { command } from '../support/command.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { neverAborts } from '../support/observe.ts'
import { Opened } from '../support/opened.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'

const env = { JUPYTER_SERVER: '127.0.0.1:1', JUPYTER_TOKEN: 'none' }

function sweepOf(each: string, more: Partial<Sweep> = {}): Sweep {
  const options: RunOptions = { ...noOptions, each, notebook: '/x.ipynb' }
  const sets = readSets(options, String)
  if (sets === null) throw new Error('Cannot sweep: there are no sets')
  const redactor = createRunRedactor(options, env)
  return {
    input: {
      options,
      env,
      caller: 'command',
      folder: '/',
      runId: createRunId(),
      messageId: null,
      redactor,
    },
    sets,
    indexes: Array.from({ length: sets.count }, (_, index) => index),
    parallel: 2,
    maxFailures: null,
    server: readServerConfig(options, env, 'command'),
    notebook: '/x.ipynb',
    ...more,
  }
}

/** Runs the sets with `outcome` in place of a server. */
async function swept(
  sweep: Sweep,
  outcome: (n: number) => RunReport['outcome'],
  signal = neverAborts,
  stop: () => RunError | null = () => null,
) {
  let running = 0
  let maxRunning = 0
  const runSet: RunSet = async ({ options, runId }, { index }) => {
    running += 1
    maxRunning = Math.max(maxRunning, running)
    await new Promise((resolve) => setImmediate(resolve))
    running -= 1
    const n = options instanceof Error ? Number.NaN : Number(options.parameters.get('n'))
    const parameters = { n: String(n) }
    return entryOf(index, sampleReport({ runId, outcome: outcome(n), parameters }))
  }
  const report = await runSweep(sweep, { emit: () => undefined, signal, runSet, stop })
  return { report, maxRunning }
}

describe('runSweep()', () => {
  test('runs 500 sets, some at a time, and keeps what came of each', async () => {
    const sweep = sweepOf('{n: 1..500}', { parallel: 7 })
    const { report, maxRunning } = await swept(sweep, (n) =>
      n % 100 === 0 ? 'failed' : 'succeeded',
    )
    expect(maxRunning).toBe(7)
    expect(report.counts).toEqual({ total: 500, succeeded: 495, failed: 5, notRun: 0 })
    expect([report.outcome, report.runId]).toEqual(['failed', sweep.input.runId])
    expect(report.sets.map(({ parameters }) => Number(parameters['n']))).toEqual(
      Array.from({ length: 500 }, (_, index) => index + 1),
    )
    expect(new Set(report.sets.map(({ runId }) => runId)).size).toBe(500)
  })

  test('starts no more when so many have not succeeded', async () => {
    const sweep = sweepOf('{n: 1..100}', { parallel: 1, maxFailures: 3 })
    const { report } = await swept(sweep, (n) => (n % 2 === 0 ? 'error' : 'succeeded'))
    expect(report.counts).toEqual({ total: 100, succeeded: 3, failed: 3, notRun: 94 })
    expect(report.sets[99]).toMatchObject({ outcome: 'not_run', parameters: { n: '100' } })
  })

  test('starts none when it is stopped', async () => {
    const { report } = await swept(sweepOf('{n: 1..3}'), () => 'succeeded', AbortSignal.abort())
    expect([report.outcome, report.counts]).toEqual([
      'error',
      { total: 3, succeeded: 0, failed: 0, notRun: 3 },
    ])
  })

  test('starts no more when it is told to stop, and says why', async () => {
    const late = new RunError('RUN_TIMED_OUT', 'Cannot begin more sets')
    const stop = () => late
    const sweep = sweepOf('{n: 1..5}', { parallel: 1 })
    const { report } = await swept(sweep, () => 'succeeded', neverAborts, stop)
    expect(report).toMatchObject({ counts: { total: 5, notRun: 4 }, warnings: [late.message] })
  })

  test('runs only the sets that it is to run', async () => {
    const { report } = await swept(sweepOf('{n: 1..9}', { indexes: [2, 4] }), () => 'succeeded')
    expect(report.sets.map(({ index, parameters }) => [index, parameters['n']])).toEqual([
      [2, '3'],
      [4, '5'],
    ])
  })
})

describe('sweepAttributes()', () => {
  test('cuts the path of the notebook to the 1024 bytes that an attribute may have', async () => {
    const sweep = sweepOf('{n: 1..2}', { notebook: `/${'é'.repeat(1024)}.ipynb` })
    const { report } = await swept(sweep, () => 'succeeded')
    expect(sweepAttributes(report)).toEqual({
      event: 'sweep_finished',
      outcome: 'succeeded',
      run_id: report.runId,
      notebook: `/${'é'.repeat(511)}`,
    })
  })
})

describe('the command with --each', () => {
  const opened = new Opened()
  let jupyter: JupyterServer
  let folder: string
  let environment: Readonly<Record<string, string>>

  beforeAll(async () => {
    jupyter = opened.use(await JupyterServer.start())
    folder = opened.use(await ScratchFolder.make('sweep')).path
    environment = {
      JUPYTER_SERVER: jupyter.host,
      JUPYTER_TOKEN: jupyter.token,
      NBTRIGGER_RUNS: `file:${folder}/history`,
    }
    const parameters = { tags: ['parameters'] }
    await jupyter.writeNotebook('each.ipynb', [
      { type: 'code', source: 'n: int = 1\nname = "x"', metadata: parameters },
      'import os\nassert n != 2 or os.path.exists("mended")\nf"{name} {n}"',
    ])
  })
  afterAll(() => opened[Symbol.asyncDispose]())

  test('runs each set, reports all of them once, and repeats what failed', async () => {
    const args = ['/each.ipynb', '--each', '{name: [a], n: 1..3}', '-o', `file:${folder}/{n}.ipynb`]
    const first = await command(args, environment)
    const report = JSON.parse(first.stdout)
    expect([first.status, report]).toMatchObject([
      1,
      {
        event: 'sweep_finished',
        outcome: 'failed',
        counts: { total: 3, succeeded: 2, failed: 1, notRun: 0 },
        sets: [
          { outcome: 'succeeded', parameters: { name: 'a', n: '1' }, result: "'a 1'" },
          { outcome: 'failed', error: { code: 'CELL_FAILED' }, output: `file:${folder}/2.ipynb` },
          { outcome: 'succeeded', result: "'a 3'" },
        ],
        warnings: [],
      },
    ])
    expect(first.stderr.trimEnd().split('\n').at(-1)).toMatch(
      /^\/each\.ipynb, 3 sets in .+: 2 succeeded, 1 failed; to repeat .* --only-failed [\da-f-]{36}$/,
    )
    expect((await readdir(folder)).filter((name) => name.endsWith('.ipynb'))).toHaveLength(3)
    await writeFile(join(jupyter.root, 'mended'), '')
    const again = await command([...args, '--only-failed', report.runId], environment)
    expect([again.status, JSON.parse(again.stdout)]).toMatchObject([
      0,
      { counts: { total: 1, succeeded: 1 }, sets: [{ index: 1, result: "'a 2'" }] },
    ])
    expect(await jupyter.kernels()).toEqual([])
    const others = ['/each.ipynb', '--each', '{n: 1..4}', '--only-failed', report.runId]
    expect((await command(others, environment)).stderr).toContain('that run had other sets')
  })

  test('reads a file of parameters once for all sets, as a pipe can be read', async () => {
    let reads = 0
    const readFile = () => (reads++ === 0 ? 'name: piped' : '')
    const { input } = sweepOf('{n: 3..4}')
    const options = { ...input.options, notebook: '/each.ipynb', file: ['/dev/stdin'] }
    const context = { ...input, options, env: environment, readFile }
    const sweep = await prepareSweep(context, neverAborts)
    const report = await runSweep(sweep, { emit: () => undefined, signal: neverAborts })
    expect(report.sets.map(({ result }) => result)).toEqual(["'piped 3'", "'piped 4'"])
    expect(reads).toBe(1)
  })

  test('lets each set name its own destination twice, as one run may', async () => {
    const { input } = sweepOf('{n: 1..2}')
    const output = ['/twice-{n}.ipynb', '/twice-{n}.ipynb']
    const options = { ...input.options, notebook: '/each.ipynb', output }
    const sweep = await prepareSweep({ ...input, options, env: environment }, neverAborts)
    expect(sweep.indexes).toEqual([0, 1])
  })

  test.each([
    {
      name: 'an unknown parameter',
      args: ['--each', '{nme: [1]}'],
      part: 'Cannot set the parameter "nme": the notebook does not know it; did you mean "name"?',
    },
    {
      name: 'a value of another type',
      args: ['--each', '{n: [1, x]}'],
      part: 'the notebook takes an integer (int)',
    },
    {
      name: 'one destination',
      args: ['--each', '{n: 1..2}', '-o', '/out/x.ipynb'],
      part: 'the sets 0 and 1 (counted from 0) would both write to "/out/x.ipynb"',
    },
    {
      name: 'a parameter given twice',
      args: ['--each', '{n: 1..2}', '-p', 'n', '1'],
      part: 'for all runs and in the sets',
    },
    { name: 'no sets', args: ['--parallel', '3'], part: 'there are none; add --each' },
    {
      name: 'a wrong number',
      args: ['--each', '{n: 1..2}', '--parallel', '0'],
      part: '"0" as --parallel',
    },
    {
      name: 'a server of JupyterHub',
      args: ['--each', '{n: 1..2}', '--hub'],
      part: '"--hub" with sets of parameters',
    },
    {
      name: 'one kernel',
      args: ['--each', '{n: 1..2}', '--keep-kernel'],
      part: '"--keep-kernel"',
    },
    {
      name: 'a file for what one run prints',
      args: ['--each', '{n: 1..2}', '--stdout-file', '/nowhere/x'],
      part: '"--stdout-file" with sets of parameters: it is for one run',
    },
    {
      name: 'a file for its errors',
      args: ['--each', '{n: 1..2}', '--stderr-file', '/nowhere/x'],
      part: '"--stderr-file" with sets of parameters: it is for one run',
    },
    {
      name: 'standard output for notebooks',
      args: ['--each', '{n: 1..2}', '-o', '-'],
      part: '"--output -" with sets of parameters: it is for one run',
    },
    {
      name: 'an unknown run',
      args: ['--each', '{n: 1..2}', '--only-failed', 'x'],
      part: 'the history has no such sets',
    },
  ])('refuses $name before anything starts', async ({ args, part }) => {
    const { status, stdout, stderr } = await command(
      ['/each.ipynb', '--json', ...args],
      environment,
    )
    expect([status, JSON.parse(stdout)]).toMatchObject([
      2,
      { event: 'run_finished', notebook: '/each.ipynb', error: { code: 'ARGUMENTS_INVALID' } },
    ])
    expect(stderr).toContain(part)
    expect(stderr).not.toContain('Kernel')
  })
})
