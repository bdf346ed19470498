import { describe, expect, test } from '@jest/globals'
import { attempt, RunError } from '../../src/errors.ts'
import { parseArgv } from '../../src/request/argv.ts'
import { knownOptions, InputError } from '../../src/request/input_error.ts'
import { createRunRedactor, executeRun } from '../../src/run/run.ts'
import { createRunLog } from '../../src/run/run_log.ts'
import { neverAborts } from '../support/observe.ts'

const tooOld = new RunError('MESSAGE_TOO_OLD', 'Cannot run the message: it is too old')

/** The last entry of a run that is refused. */
async function lastEntry(options: RunError): Promise<Record<string, unknown>> {
  const lines: string[] = []
  const env = { JUPYTER_TOKEN: 't0ken-of-jupyter', API_KEY: 's3cret' }
  const redactor = createRunRedactor(options, env)
  const identity = { runId: 'run-1', messageId: 'm-1' }
  const input = { options, env, folder: '/', caller: 'function', redactor, ...identity } as const
  const log = createRunLog((line) => void lines.push(line), input, {
    traceparent: null,
    project: 'demo',
  })
  await executeRun(input, { emit: log, signal: neverAborts })
  return JSON.parse(lines.at(-1) ?? '')
}

describe('the last entry of a run that is refused', () => {
  test('says how to run it again where all arguments could be read', async () => {
    const args = ['host', '/a.ipynb', '-p', 'n', '5', '-r', 'text', 'of s3cret']
    const options = parseArgv([...args, '--secret', 'key', 'API_KEY'])
    expect(await lastEntry(new InputError(tooOld, knownOptions(options)))).toMatchObject({
      notebook: '/a.ipynb',
      parameters: { n: '5', text: 'of [redacted]' },
      runAgain:
        "nbtrigger host /a.ipynb --parameter n 5 --raw text 'of [redacted]' --secret key API_KEY",
      logs: expect.stringContaining('run-1'),
      'logging.googleapis.com/labels': { notebook: '/a.ipynb', parameter_n: '5' },
    })
  })

  test('names notebook and parameters where only some could be read', async () => {
    const args = ['host', '/a.ipynb', '-p', 'n', '5', '--nonsense']
    const options = attempt(() => parseArgv(args))
    const entry = await lastEntry(options instanceof RunError ? options : tooOld)
    expect(entry).toMatchObject({ notebook: '/a.ipynb', parameters: { n: '5' } })
    expect(entry).not.toHaveProperty('runAgain')
  })
})
