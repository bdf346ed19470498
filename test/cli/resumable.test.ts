import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Machine } from '../../src/cli/local_servers.ts'
import { createCheckpoint, findLeftRun, type ResumableRun } from '../../src/cli/resumable.ts'
import { asRunError, RunError } from '../../src/errors.ts'
import { createRedactor } from '../../src/redaction/redactor.ts'
import { parseArgv } from '../../src/request/argv.ts'
import { noop } from '../../src/util/abort.ts'
import { createRunId } from '../../src/util/run_id.ts'
import { neverAborts } from '../support/observe.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'

let folder: ScratchFolder

beforeAll(async () => {
  folder = await ScratchFolder.make('resumable')
})
afterAll(() => folder[Symbol.asyncDispose]())

interface GivenRun {
  readonly args?: readonly string[]
  readonly secrets?: readonly string[]
}

function resumableRun({ args = [], secrets = [] }: GivenRun = {}): ResumableRun {
  return {
    options: parseArgv(['localhost:8888', '/a.ipynb', '--resumable', ...args]),
    env: { NBTRIGGER_CHECKPOINTS: folder.path },
    folder: folder.path,
    readFile: () => {
      throw new Error('ENOENT: no such file')
    },
    redactor: createRedactor(secrets),
    runId: createRunId(),
  }
}

describe('createCheckpoint()', () => {
  test('refuses a secret that is written otherwise in quotes', () => {
    const secret = "it's-a-secret-of-many-characters"
    const run = resumableRun({ args: ['-p', 'x', secret], secrets: [secret] })
    expect(() => createCheckpoint(run, { home: '/' }, { pid: 1 })).toThrow(/hold a secret/)
  })

  test('says which file of parameters cannot be read', () => {
    const run = resumableRun({ args: ['--file', 'missing.yaml'] })
    expect(() => createCheckpoint(run, { home: '/' }, { pid: 1 })).toThrow(
      expect.objectContaining({
        code: 'ARGUMENTS_INVALID',
        message: expect.stringContaining('parameters from --file "missing.yaml": ENOENT'),
      }),
    )
  })
})

describe('findLeftRun()', () => {
  const machine: Machine = {
    env: {},
    platform: 'linux',
    home: '/',
    folder: '/',
    userId: null,
    isRunning: () => true,
  }

  test.each([
    { args: ['--cell-timeout', '5'], found: '--cell-timeout' },
    { args: ['--resumable'], found: '--resumable' },
    { args: ['--json', 'localhost:8888'], found: 'localhost:8888' },
  ])('refuses $found', async ({ args, found }) => {
    const given = parseArgv([...args, '--resume', createRunId()])
    await expect(findLeftRun(given, machine, { pid: 1 })).rejects.toMatchObject({
      code: 'ARGUMENTS_INVALID',
      message: expect.stringContaining(`Cannot use "${found}" together with --resume`),
    })
  })

  test('takes the options that say how the run is shown', async () => {
    const run = resumableRun({ args: ['--verbose'] })
    await createCheckpoint(run, { home: '/' }, { pid: 1 }).begin(noop, neverAborts)
    const args = ['--json', '--quiet', '--no-progress-bar', '--no-color']
    const files = ['--stdout-file', 'out.txt', '--stderr-file', 'err.txt']
    const given = parseArgv([...args, ...files, '--resume', run.runId])
    const { options } = await findLeftRun(given, { ...machine, env: run.env }, { pid: 1 })
    expect(options).toEqual({
      ...run.options,
      json: true,
      quiet: true,
      verbose: false,
      noProgressBar: true,
      noColor: true,
      stdoutFile: 'out.txt',
      stderrFile: 'err.txt',
    })
  })

  test.each([
    {
      name: 'takes a run of a process with the same id, as a container has it',
      pid: 1,
      code: null,
    },
    { name: 'refuses a run of another process that is there', pid: 2, code: 'TAKEN_OVER' },
  ])('$name', async ({ pid, code }) => {
    const run = resumableRun()
    await createCheckpoint(run, { home: '/' }, { pid: 1 }).begin(noop, neverAborts)
    const given = parseArgv(['--resume', run.runId])
    const left = await findLeftRun(given, { ...machine, env: run.env }, { pid }).catch(asRunError)
    expect(left instanceof RunError ? left.code : null).toBe(code)
  })
})
