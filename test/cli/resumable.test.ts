import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createCheckpoint, type ResumableRun } from '../../src/cli/resumable.ts'
import { createRedactor } from '../../src/redaction/redactor.ts'
import { parseArgv } from '../../src/request/argv.ts'
import { createRunId } from '../../src/util/run_id.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'

let folder: ScratchFolder

beforeAll(async () => {
  folder = await ScratchFolder.make('resumable')
})
afterAll(() => folder[Symbol.asyncDispose]())

interface GivenRun {
  readonly words?: readonly string[]
  readonly secrets?: readonly string[]
}

function resumableRun({ words = [], secrets = [] }: GivenRun = {}): ResumableRun {
  return {
    options: parseArgv(['localhost:8888', '/a.ipynb', '--resumable', ...words]),
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
    const run = resumableRun({ words: ['-p', 'x', secret], secrets: [secret] })
    expect(() => createCheckpoint(run, { home: '/' }, { pid: 1 })).toThrow(/hold a secret/)
  })

  test('says which file of parameters cannot be read', () => {
    const run = resumableRun({ words: ['--file', 'missing.yaml'] })
    expect(() => createCheckpoint(run, { home: '/' }, { pid: 1 })).toThrow(
      expect.objectContaining({
        code: 'ARGUMENTS_INVALID',
        message: expect.stringContaining('parameters from --file "missing.yaml": ENOENT'),
      }),
    )
  })
})
