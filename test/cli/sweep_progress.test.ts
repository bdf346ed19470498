import { describe, expect, test } from '@jest/globals'
import { SweepProgress } from '../../src/cli/sweep_progress.ts'
import { createRedactor } from '../../src/redaction/redactor.ts'
import { FakeTerminal } from '../reporting/fake_terminal.ts'
import { finished, sampleReport } from '../reporting/sample_events.ts'

const usual = {
  redactor: createRedactor([]),
  quiet: false,
  noProgressBar: false,
  isRepeatable: false,
  writeLine: null,
}

/** What is written on a terminal until one of two sets has ended. */
async function written(options: typeof usual): Promise<string> {
  const terminal = new FakeTerminal(80)
  using progress = await SweepProgress.create(terminal, { indexes: [0, 1] }, options)
  progress.observe({ type: 'run_event', index: 0, event: finished(sampleReport()) })
  return terminal.writes.join('')
}

describe('SweepProgress on a terminal', () => {
  test('draws a table', async () => {
    const text = await written(usual)
    expect(text).toContain('0/2 sets')
    expect(text).toContain('[1/2] ')
  })

  test.each([
    { name: '--no-progress-bar', options: { noProgressBar: true }, line: /^\[1\/2\] .*\n$/ },
    { name: '--quiet', options: { quiet: true }, line: /^$/ },
  ])('draws none with $name', async ({ options, line }) => {
    expect(await written({ ...usual, ...options })).toMatch(line)
  })
})
