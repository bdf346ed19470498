import { describe, expect, test } from '@jest/globals'
import {
  type Check,
  type CheckResult,
  createDoctorContext,
  pass,
  warning,
} from '../../src/doctor/check.ts'
import { allChecks, runChecks } from '../../src/doctor/run_checks.ts'
import { RunError } from '../../src/errors.ts'
import type { Finding } from '../../src/events.ts'
import { createRedactor } from '../../src/redaction/redactor.ts'
import { noOptions } from '../../src/request/run_options.ts'
import { createDoctorRequest } from '../../src/request/run_request.ts'

const never = new AbortController().signal

function context() {
  const options = { ...noOptions, host: 'host' }
  const env = { JUPYTER_TOKEN: 't' }
  const request = createDoctorRequest(options, { env, folder: '/', caller: 'command' })
  const redactor = createRedactor([])
  return createDoctorContext({ request, redactor, wakeMs: 0, connectMs: 1 })
}

function check(name: string, needs: readonly string[], run: () => Promise<CheckResult>): Check {
  return { name, needs, run, advice: `mend ${name}` }
}

async function fails(what: string, advice: string | null = null): Promise<never> {
  throw new RunError('SERVER_UNREACHABLE', what, { advice })
}

async function findingsOf(list: readonly Check[], signal = never): Promise<Finding[]> {
  const findings: Finding[] = []
  const emit = (finding: Finding) => void findings.push(finding)
  await runChecks(context(), list, { emit, signal })
  return findings
}

describe('runChecks()', () => {
  test('skips checks that need a failed check, and names that check', async () => {
    const findings = await findingsOf([
      check('a', [], async () => pass('fine')),
      check('b', ['a'], () => fails('Cannot b: it broke; twice', 'glue it')),
      check('c', ['b'], () => fails('not called')),
      check('d', ['a', 'c'], () => fails('not called')),
      check('e', ['a'], async () => warning('slow', 'wait')),
      check('f', ['e'], () => fails('Cannot f: it broke')),
    ])
    expect(findings).toEqual([
      { check: 'a', verdict: 'good', what: 'fine', advice: null },
      { check: 'b', verdict: 'bad', what: 'Cannot b: it broke; twice', advice: 'glue it' },
      { check: 'c', verdict: 'skipped', what: 'because "b" is bad', advice: null },
      { check: 'd', verdict: 'skipped', what: 'because "b" is bad', advice: null },
      { check: 'e', verdict: 'warning', what: 'slow', advice: 'wait' },
      { check: 'f', verdict: 'bad', what: 'Cannot f: it broke', advice: 'mend f' },
    ])
  })

  test('throws the reason of an aborted signal, even if the check catches it', async () => {
    const stop = new AbortController()
    const stopping = check('a', [], async () => {
      stop.abort(new RunError('CANCELLED', 'Cannot go on: stopped'))
      return fails('Cannot a: it was aborted')
    })
    await expect(findingsOf([stopping], stop.signal)).rejects.toMatchObject({ code: 'CANCELLED' })
  })
})

describe('allChecks', () => {
  test('need only earlier checks', () => {
    for (const [place, { needs }] of allChecks.entries()) {
      const before = allChecks.slice(0, place).map(({ name }) => name)
      expect(before).toEqual(expect.arrayContaining([...needs]))
    }
  })
})
