import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import stringWidth from 'string-width'
import { createProgress, type Progress } from '../../src/cli/progress.ts'
import type { ProgressOptions } from '../../src/cli/permanent_lines.ts'
import type { RunEvent, RunStarted } from '../../src/events.ts'
import { createRedactor } from '../../src/redaction/redactor.ts'
import { plainText } from '../../src/util/text.ts'
import { FakeTerminal } from '../reporting/fake_terminal.ts'
import {
  failedReport,
  finished,
  ranCell,
  sampleCell,
  sampleReport,
  startOfRun,
  streamed,
} from '../reporting/sample_events.ts'
import { until } from '../support/until.ts'
import { fuzzOptions } from '../support/fuzz_runs.ts'

const noSecrets = createRedactor([])

const warning: RunEvent = {
  type: 'warning',
  message: 'The kernel is of \u001b[1manother\u001b[0m name',
}

function observe(progress: Progress, events: readonly RunEvent[]): void {
  events.forEach((event) => progress.observe(event))
}

async function printed(
  events: readonly RunEvent[],
  options: Partial<ProgressOptions> = {},
): Promise<readonly string[]> {
  const writes: string[] = []
  using progress = await createProgress(
    { write: (text) => writes.push(text) },
    { verbose: false, redactor: noSecrets, ...options },
  )
  observe(progress, events)
  return writes.join('').split('\n')
}

const failedEnd = [
  'Traceback (most recent call last)',
  'Cell In[3], line 1',
  'ValueError: bad input',
  '/workspaces/x.ipynb failed in 2.1 s: cell 3 (df = load()) raised ValueError: bad input [CELL_FAILED]',
]

describe('createProgress() without a terminal', () => {
  test('prints a line for each step', async () => {
    const cells = [...ranCell(0, 1), ...ranCell(2, 2)]
    expect(await printed([...startOfRun, ...cells, finished(sampleReport())])).toEqual([
      'Running /workspaces/x.ipynb on https://jupyter.example/',
      'Waiting for the server, attempt 1: 503 Service Unavailable',
      'Kernel python3 started',
      '[1/2] cell 0 (df = load()) ... ok 0.2 s',
      '[2/2] cell 2 (df = load()) ... ok 0.2 s',
      '/workspaces/x.ipynb succeeded in 0.9 s: 15',
      '',
    ])
  })

  describe('and a run that is resumable', () => {
    const hint = 'To resume this run: nbtrigger --resume run-1'
    const start: RunStarted = {
      type: 'run_started',
      runId: 'run-1',
      server: 'https://jupyter.example/',
      notebook: '/workspaces/x.ipynb',
    }
    const resumed: RunStarted = {
      ...start,
      resumed: { at: '2026-01-05T06:00:00.000Z', afterMs: 1_000 },
    }

    test.each([
      { name: 'says how to resume it', event: start, options: {}, lines: [hint] },
      {
        name: 'says so without progress too',
        event: start,
        options: { noProgressBar: true },
        lines: [hint],
      },
      { name: 'does not when it is quiet', event: start, options: { quiet: true }, lines: [] },
      { name: 'does not when it is resumed', event: resumed, options: {}, lines: [] },
      {
        name: 'does not when it could not be written down',
        event: start,
        options: { isResumable: () => false },
        lines: [],
      },
    ])('$name', async ({ event, options, lines }) => {
      const all = await printed([event], { isResumable: () => true, ...options })
      expect(all.filter((line) => line.includes('--resume'))).toEqual(lines)
    })
  })

  test('prints a warning between the lines', async () => {
    const [started, ended] = ranCell(0, 1, 'error')
    expect((await printed([...startOfRun, started, warning, ended])).slice(3)).toEqual([
      '[1/2] cell 0 (df = load()) ...',
      'Warning: The kernel is of another name',
      '[1/2] cell 0 (df = load()) ... failed 0.2 s',
      '',
    ])
  })

  test('prints the outputs of cells when it is verbose', async () => {
    const [started, ended] = ranCell(0, 1)
    const outputs = [streamed('one\n\u001b[1mtw'), streamed('o\u001b[0m')]
    expect(
      (await printed([...startOfRun, started, ...outputs, ended], { verbose: true })).slice(3),
    ).toEqual([
      '[1/2] cell 0 (df = load()) ...',
      'one',
      'two',
      '[1/2] cell 0 (df = load()) ... ok 0.2 s',
      '',
    ])
    expect(await printed(outputs)).toEqual([''])
  })

  test('prints the traceback, the summary and the code of a failure', async () => {
    expect(await printed([finished(failedReport)])).toEqual([...failedEnd, ''])
  })

  test('says when another attempt may help', async () => {
    const message = 'Cannot call "jupyter.example": it does not answer'
    const error = { code: 'SERVER_UNREACHABLE', message, retryable: true } as const
    const report = sampleReport({ outcome: 'error', durationMs: 75_000, error })
    expect((await printed([finished(report)])).at(-2)).toMatch(
      /it does not answer; this may pass: try again in a minute \[SERVER_UNREACHABLE\]$/,
    )
  })

  test('ends the line of a cell that did not finish', async () => {
    const writes: string[] = []
    const progress = await createProgress(
      { write: (text) => writes.push(text) },
      { verbose: false, redactor: noSecrets },
    )
    observe(progress, [...startOfRun, ranCell(0, 1)[0]])
    progress[Symbol.dispose]()
    progress[Symbol.dispose]()
    expect(writes.join('')).toMatch(/cell 0 \(df = load\(\)\) \.\.\.\n$/)
  })

  test('masks a secret with colours in it in the summary', async () => {
    const writes: string[] = []
    const redactor = createRedactor(['6f1d2a9c'])
    const stream = { write: (text: string) => writes.push(text) }
    using progress = await createProgress(stream, { verbose: false, redactor })
    const data = { 'text/plain': '6f\u001b[1m1d2a9c' }
    const result = { data, metadata: {}, execution_count: 1 }
    progress.observe(redactor.value(finished(sampleReport({ result }))))
    expect(writes.join('')).toBe('/workspaces/x.ipynb succeeded in 0.9 s: [redacted]\n')
  })

  test('masks a secret that spans two outputs', async () => {
    const writes: string[] = []
    const redactor = createRedactor(['6f1d2a9c'])
    const stream = { write: (text: string) => writes.push(text) }
    using progress = await createProgress(stream, { verbose: true, redactor })
    observe(progress, [streamed('6f1d'), streamed('2a9c\n')])
    expect(writes).toEqual(['[redacted]\n'])
  })

  test('leaves a secret that is a word in paths, and masks it in outputs', async () => {
    const writes: string[] = []
    const redactor = createRedactor(['hunter', '6f1d2a9c0b7e4f58'])
    const stream = { write: (text: string) => writes.push(text) }
    using progress = await createProgress(stream, { verbose: true, redactor })
    const outputs = ['/hunter/6f1d\u001b[1m2a9c0b7e4f58.ipynb']
    const result = { data: { 'text/plain': '15' }, metadata: {}, execution_count: 1 }
    const report = sampleReport({ notebook: '/hunter/x.ipynb', outputs, result })
    observe(progress, [streamed('hun'), streamed('ter\n'), finished(report)])
    expect(writes).toEqual([
      '[redacted]\n',
      'Saved on the server: /hunter/[redacted].ipynb\n',
      '/hunter/x.ipynb succeeded in 0.9 s: 15\n',
    ])
  })
})

describe('createProgress() after a notebook was saved', () => {
  test.each([
    { output: '/out/a.ipynb', expected: 'Saved on the server: /out/a.ipynb' },
    {
      output: '/out.html',
      expected: 'Saved on the server: /out.html (for a file of this machine: -o "./out.html")',
    },
    {
      output: '/tmp/x.html',
      expected:
        'Saved on the server: /tmp/x.html (for a file of this machine: -o "file:/tmp/x.html")',
    },
    { output: 'gs://bucket/a.ipynb', expected: 'Saved gs://bucket/a.ipynb' },
    { output: 'file:/tmp/x.html', expected: 'Saved file:/tmp/x.html' },
  ])('says where $output is', async ({ output, expected }) => {
    const writes: string[] = []
    const stream = { write: (text: string) => writes.push(text) }
    using progress = await createProgress(stream, { verbose: false, redactor: createRedactor([]) })
    observe(progress, [finished(sampleReport({ outputs: [output] }))])
    expect(writes[0]).toBe(`${expected}\n`)
  })
})

describe('createProgress() on a terminal', () => {
  test('draws one line that follows the run', async () => {
    const terminal = new FakeTerminal(80)
    using progress = await createProgress(terminal, { verbose: false, redactor: noSecrets })
    const [started, ended] = ranCell(0, 1)
    const seen = [...startOfRun, started, ended].map((event) => {
      progress.observe(event)
      return terminal.screen
    })
    expect(seen).toEqual([
      [expect.stringMatching(/^opening \/workspaces\/x.ipynb on https:.* · 0\.\d s$/), ''],
      [expect.stringMatching(/^waiting for the server, attempt 1: 503 .* · 0\.\d s$/), ''],
      [expect.stringMatching(/^▱▱ {2}0\/2 cells · kernel python3 started · 0\.\d s$/), ''],
      [
        expect.stringMatching(
          /^▱▱ {2}0\/2 cells · running cell 0: df = load\(\) · 0\.\d s of 0\.\d s$/,
        ),
        '',
      ],
      [expect.stringMatching(/^▰▱ {2}1\/2 cells · running cell 0: df = load\(\) · 0\.\d s$/), ''],
    ])
  })

  test('leaves warnings, outputs and the summary, but not the progress line', async () => {
    const terminal = new FakeTerminal(40)
    using progress = await createProgress(terminal, { verbose: true, redactor: noSecrets })
    const cell = [ranCell(0, 1)[0], streamed('printed\n'), warning, ranCell(0, 1, 'error')[1]]
    observe(progress, [...startOfRun, ...cell, finished(failedReport)])
    const stays = ['printed', 'Warning: The kernel is of another name', ...failedEnd, '']
    expect(terminal.screen).toEqual(stays)
  })

  test('shows the latest line that the cell has printed, and masks it', async () => {
    const terminal = new FakeTerminal(100)
    const redactor = createRedactor(['6f1d2a9c0b7e4f58'])
    using progress = await createProgress(terminal, { verbose: false, redactor })
    const outputs = ['first\n', '\r 40%|##', '\r 60%|### 6f1d\u001b[1m2a9c0b7e4f58'].map((text) =>
      streamed(text, 'stderr'),
    )
    observe(progress, [...startOfRun, ranCell(0, 1)[0], ...outputs])
    const [line] = await until('a redraw', async () => {
      return terminal.screen[0]?.includes('60%') ? terminal.screen : undefined
    })
    expect(line).toMatch(/load\(\) · 60%\|### \[redacted\] · \d+\.\d s of /)
    progress.observe(ranCell(1, 2)[0])
    expect(terminal.screen[0]).not.toContain('60%')
  })

  test('leaves out a result that is shown behind the summary', async () => {
    const terminal = new FakeTerminal(80)
    const options = { verbose: false, redactor: noSecrets, showsResult: true }
    using progress = await createProgress(terminal, options)
    progress.observe(finished(sampleReport()))
    expect(terminal.screen).toEqual(['/workspaces/x.ipynb succeeded in 0.9 s', ''])
  })

  test('prints a traceback that is longer than the screen in full', async () => {
    const traceback = Array.from({ length: 200 }, (_, line) => `line ${line}`)
    const error = { code: 'CELL_FAILED', message: 'x', retryable: false, traceback } as const
    const terminal = new FakeTerminal(40)
    using progress = await createProgress(terminal, { verbose: false, redactor: noSecrets })
    progress.observe(finished(sampleReport({ outcome: 'failed', error })))
    expect(terminal.screen.slice(0, 200)).toEqual(traceback)
  })

  test('updates the elapsed time until it is disposed', async () => {
    const terminal = new FakeTerminal(80)
    const progress = await createProgress(terminal, { verbose: false, redactor: noSecrets })
    const [first] = terminal.screen
    await until('a later time', () => (terminal.screen[0] === first ? undefined : true))
    expect(terminal.screen[0]).toMatch(/^starting · \d+\.\d s$/)
    progress[Symbol.dispose]()
    progress[Symbol.dispose]()
    expect(terminal.screen.join('')).toBe('')
    const { length } = terminal.writes
    await sleep(500)
    expect(terminal.writes).toHaveLength(length)
  })

  test('draws 80 columns on a terminal of unknown width', async () => {
    const terminal = new FakeTerminal(0)
    using progress = await createProgress(terminal, { verbose: false, redactor: noSecrets })
    progress.observe({ type: 'cell_started', cell: sampleCell(0, 'x'.repeat(500)), position: 1 })
    expect(terminal.screen[0]).toHaveLength(79)
  })

  test('fits in one line of the terminal, whatever a cell contains', async () => {
    const hostile = [
      '\n',
      '\r',
      '\t',
      '\u001b[31m',
      '\u001b[',
      '数据',
      '👩‍👩‍👧',
      '❤️',
      '🇩🇪',
      'é',
      'ﷺ',
      '1️⃣',
    ]
    const piece = fc.oneof(fc.constantFrom(...hostile), fc.string({ unit: 'binary', maxLength: 9 }))
    const anySource = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''))
    const anyWidth = fc.integer({ min: 1, max: 100 })
    await fc.assert(
      fc.asyncProperty(anySource, anyWidth, async (source, columns) => {
        const terminal = new FakeTerminal(columns)
        using progress = await createProgress(terminal, { verbose: false, redactor: noSecrets })
        const cell = { index: 3, id: null, source }
        observe(progress, [...startOfRun, { type: 'cell_started', cell, position: 1 }])
        for (const line of terminal.writes.flatMap((text) => plainText(text).split('\n'))) {
          expect(stringWidth(line)).toBeLessThanOrEqual(columns)
        }
        expect(terminal.screen).toHaveLength(2)
      }),
      fuzzOptions(100),
    )
  })
})
