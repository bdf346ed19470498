import { describe, expect, test } from '@jest/globals'
import { parseArgv } from '../../src/request/argv.ts'
import type { Caller, Env } from '../../src/request/env.ts'
import { readLimits, readSocketLifetime } from '../../src/request/limits.ts'
import { errorTextOf } from './error_text_of.ts'

describe('readLimits()', () => {
  test('has different defaults for the function and the command', () => {
    const common = {
      givenTimeoutMs: null,
      cellTimeoutMs: null,
      startTimeoutMs: 75_000,
      loopbackTimeoutMs: 5_000,
      maxOutputMegabytes: 32,
      autosaveMs: 30_000,
      warnings: [],
    }
    expect(limits([], {}, 'function')).toEqual({ ...common, runTimeoutMs: 510_000 })
    expect(limits([], {}, 'command')).toEqual({ ...common, runTimeoutMs: null })
  })

  test('leaves the job what Cloud Run leaves it, and time to clean up', () => {
    const env = { NBTRIGGER_TASK_TIMEOUT: '86400' }
    expect(limits([], {}, 'job').runTimeoutMs).toBeNull()
    expect(limits([], env, 'job').runTimeoutMs).toBe(86_370_000)
    expect(limits(['--timeout', '90000'], env, 'job')).toMatchObject({
      runTimeoutMs: 86_370_000,
      givenTimeoutMs: 90_000_000,
      warnings: [expect.stringContaining('a task of the job ends after 86400 s')],
    })
    expect(errorTextOf(() => limits([], { NBTRIGGER_TASK_TIMEOUT: 'day' }, 'job'))).toContain(
      'Cannot use "day" as NBTRIGGER_TASK_TIMEOUT',
    )
  })

  test('prefers the flag to the variable, and the variable to the default', () => {
    const env = { NBTRIGGER_TIMEOUT: ' 20 ' }
    expect(limits(['--timeout', '10'], env).runTimeoutMs).toBe(10_000)
    expect(limits([], env).runTimeoutMs).toBe(20_000)
    expect(limits([], { NBTRIGGER_TIMEOUT: '' }).runTimeoutMs).toBe(null)
  })

  test.each([
    ['1', 1_000],
    ['0.5', 500],
    ['007', 7_000],
    ['0.0001', 1],
    ['2147483', 2_147_483_000],
  ])('reads %s seconds', (text, milliseconds) => {
    const args = ['--cell-timeout', text, '--start-timeout', text]
    expect(limits(args)).toMatchObject({
      cellTimeoutMs: milliseconds,
      startTimeoutMs: milliseconds,
    })
  })

  test.each([
    '0',
    '0.0',
    '-5',
    '+5',
    '1e3',
    '1e3x',
    '0x10',
    'NaN',
    'Infinity',
    '5s',
    '1,5',
    '1.',
    '.5',
    '٣',
    '１０',
    ' 5',
    '5\n',
    '2147484',
    '2147483.1',
    '9'.repeat(400),
  ])('refuses %j seconds', (text) => {
    const errorText = errorTextOf(() => limits(['--start-timeout', text]))
    expect(errorText).toMatch(/^ARGUMENTS_INVALID: Cannot use ".+" as --start-timeout: /)
  })

  test('names the variable whose value is wrong', () => {
    expect(errorTextOf(() => limits([], { NBTRIGGER_TIMEOUT: 'ten' }))).toContain(
      'Cannot use "ten" as NBTRIGGER_TIMEOUT: it is not a positive number of seconds',
    )
  })

  test.each([
    ['1', 1],
    ['0.25', 0.25],
    ['100', 100],
  ])('reads %s megabytes', (text, megabytes) => {
    expect(limits(['--max-output', text]).maxOutputMegabytes).toBe(megabytes)
  })

  test.each(['0', '-1', '101', '64MB', '1e1', 'all'])('refuses %j megabytes', (text) => {
    expect(errorTextOf(() => limits(['--max-output', text]))).toBe(
      `ARGUMENTS_INVALID: Cannot use "${text}" as --max-output: ` +
        'it is a number of megabytes, above 0 and at most 100',
    )
  })

  test("limits the function's time with a warning", () => {
    const cut = limits(['--timeout', '3600'], {}, 'function')
    expect(cut.runTimeoutMs).toBe(510_000)
    expect(cut.warnings).toEqual([
      expect.stringContaining('The time limit of 3600 s is cut to 510 s'),
    ])
    expect(limits(['--timeout', '510'], {}, 'function').warnings).toEqual([])
    expect(limits(['--timeout', '3600'])).toMatchObject({ runTimeoutMs: 3_600_000, warnings: [] })
  })
})

function limits(args: readonly string[], env: Env = {}, caller: Caller = 'command') {
  return readLimits(parseArgv(args), env, caller)
}

describe('readSocketLifetime()', () => {
  test.each([
    { name: 'none elsewhere', args: [], isCloudRun: false, ms: null },
    { name: '50 minutes on Cloud Run', args: [], isCloudRun: true, ms: 3_000_000 },
    { name: 'none for 0', args: ['--socket-lifetime', '0'], isCloudRun: true, ms: null },
    { name: 'what is given', args: ['--socket-lifetime', '2.5'], isCloudRun: true, ms: 2_500 },
  ])('returns $name', ({ args, isCloudRun, ms }) => {
    expect(readSocketLifetime(parseArgv(args), {}, isCloudRun)).toBe(ms)
  })

  test.each(['-1', 'soon', '2147484'])('refuses %s', (text) => {
    const options = parseArgv([`--socket-lifetime=${text}`])
    expect(errorTextOf(() => readSocketLifetime(options, {}, false))).toContain('--socket-lifetime')
  })
})
