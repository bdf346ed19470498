import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { ReportedError, RunEvent, RunReport } from '../../src/events.ts'
import { createRedactor } from '../../src/redaction/redactor.ts'
import {
  createLog,
  type LogContext,
  reportedError,
  serviceOf,
} from '../../src/reporting/cloud_logging.ts'
import { fuzzOptions } from '../support/fuzz_runs.ts'
import {
  failedReport,
  finished,
  ranCell,
  sampleCell,
  sampleReport,
  startOfRun,
  streamed,
} from './sample_events.ts'

const maxLineBytes = 200_000

type Line = Record<string, unknown>

function linesOf(events: readonly RunEvent[], context: Partial<LogContext> = {}): Line[] {
  const written: string[] = []
  const log = createLog((line) => written.push(line), {
    runId: 'run-1',
    verbose: false,
    redactor: createRedactor([]),
    labels: {},
    trace: null,
    ...context,
  })
  events.forEach((event) => log(event))
  return written.map(readLine)
}

/** Reads a line as Cloud Logging's agent does, or fails. */
function readLine(line: string): Line {
  expect(line.indexOf('\n')).toBe(line.length - 1)
  expect(Buffer.byteLength(line)).toBeLessThanOrEqual(maxLineBytes)
  const entry: unknown = JSON.parse(line)
  expect(entry).toMatchObject({
    severity: expect.stringMatching(/^(INFO|WARNING|ERROR)$/),
    message: expect.any(String),
    'logging.googleapis.com/labels': { run_id: 'run-1' },
  })
  return Object(entry)
}

function spoken(lines: readonly Line[]): string[] {
  return lines.map(({ severity, message }) => `${String(severity)} ${String(message)}`)
}

function shown(data: Record<string, unknown>): RunEvent {
  const output = { output_type: 'display_data', data, metadata: {} } as const
  return { type: 'cell_output', cell: sampleCell(0), output }
}

function textOfUnits(units: readonly number[]): string {
  return String.fromCharCode(...units)
}

/** All texts in `value`, names of fields among them. */
function textsIn(value: unknown): string {
  if (typeof value === 'string') return `${value}\n`
  return Object.entries(Object(value))
    .map(([name, child]) => `${name}\n${textsIn(child)}`)
    .join('')
}

describe('createLog()', () => {
  const run: readonly RunEvent[] = [
    ...startOfRun,
    ...ranCell(0, 1),
    streamed('hello\n'),
    { type: 'warning', message: 'The server \u001b[31mdropped\u001b[0m output' },
    { type: 'result', result: { data: { 'text/plain': '15' }, metadata: {}, execution_count: 3 } },
    finished(sampleReport()),
  ]

  test('logs the progress of a run without its cells unless verbose', () => {
    expect(spoken(linesOf(run))).toEqual([
      'INFO /workspaces/x.ipynb starts on https://jupyter.example/',
      'INFO Waiting for the server, attempt 1: 503 Service Unavailable',
      'INFO Kernel python3 started, cells to run: 2',
      'WARNING The server dropped output',
      'INFO Result: 15',
      'INFO /workspaces/x.ipynb succeeded in 0.9 s: 15',
    ])
  })

  test('logs cells and their outputs when verbose', () => {
    const cells = [
      ...ranCell(0, 1).slice(0, 1),
      streamed('one\ntw'),
      streamed('almost\n', 'stderr'),
      streamed('\u001b[1mo\u001b[0m\n10%\r20%'),
      shown({ 'text/plain': '<Figure>', 'image/png': 'iVBOR' }),
      shown({ 'image/png': 'iVBOR' }),
      streamed('last'),
      ...ranCell(0, 1, 'error').slice(1),
    ]
    expect(spoken(linesOf(cells, { verbose: true }))).toEqual([
      'INFO Cell 0 started: df = load()',
      'INFO one',
      'WARNING almost',
      'INFO two',
      'INFO 20%',
      'INFO <Figure>',
      'INFO image/png',
      'INFO last',
      'WARNING Cell 0 (df = load()) failed in 0.2 s',
    ])
  })

  test('names the cell and the stream of an output', () => {
    expect(linesOf([streamed('a\nb\n', 'stderr', 4)], { verbose: true })).toMatchObject([
      { message: 'a\nb', event: 'cell_output', kind: 'stderr', cell: { index: 4, id: 'cell-4' } },
    ])
  })

  test('logs output after the end of a cell, and lines without an end', () => {
    const events = [...ranCell(0, 1), streamed('late'), finished(sampleReport())]
    expect(spoken(linesOf(events, { verbose: true })).slice(-2)).toEqual([
      'INFO late',
      'INFO /workspaces/x.ipynb succeeded in 0.9 s: 15',
    ])
  })

  test('logs a sleeping server only a few times', () => {
    const attempts = Array.from({ length: 40 }, (_, index) => index + 1)
    const waiting = attempts.map(
      (attempt) => ({ type: 'server_waiting', attempt, reason: '503' }) as const,
    )
    expect(linesOf(waiting).map((line) => line['attempt'])).toEqual([1, 2, 4, 8, 16, 32])
  })

  test('labels every entry, with the notebook once it is known', () => {
    const lines = linesOf([...startOfRun, finished(sampleReport())], {
      labels: { message_id: '42' },
      trace: 'projects/p/traces/1',
    })
    expect(lines).toHaveLength(4)
    for (const line of lines) {
      expect(line['logging.googleapis.com/trace']).toBe('projects/p/traces/1')
      expect(line['logging.googleapis.com/labels']).toEqual({
        message_id: '42',
        run_id: 'run-1',
        notebook: '/workspaces/x.ipynb',
      })
    }
  })

  test('writes all fields of the report at the top level of the last entry', () => {
    const report = sampleReport({ messageId: '42', warnings: ['a'], outputs: ['gs://b/o'] })
    expect(linesOf([finished(report)]).at(-1)).toEqual({
      severity: 'WARNING',
      message: '/workspaces/x.ipynb succeeded in 0.9 s: 15',
      ...report,
      'logging.googleapis.com/labels': { run_id: 'run-1', notebook: '/workspaces/x.ipynb' },
    })
  })

  test('writes a failure with its traceback for Error Reporting', () => {
    const [line] = linesOf([finished(failedReport)])
    expect(line).toMatchObject({
      severity: 'ERROR',
      '@type': expect.stringMatching(/ReportedErrorEvent$/),
      message:
        '/workspaces/x.ipynb failed in 2.1 s: cell 3 (df = load()) raised ValueError: bad input',
      stack_trace: 'Traceback (most recent call last)\nCell In[3], line 1\nValueError: bad input',
    })
  })

  test.each<[string, Partial<RunReport>]>([
    ['INFO', {}],
    ['WARNING', { warnings: ['The result came the second way'] }],
    ['WARNING', { outputComplete: false }],
    ['WARNING', { outcome: 'cancelled' }],
    ['ERROR', { outcome: 'failed' }],
    ['ERROR', { outcome: 'timed_out' }],
    ['ERROR', { outcome: 'error' }],
    ['ERROR', { kernelDeleted: false }],
  ])('ends with %s for %j', (severity, changes) => {
    const [line] = linesOf([finished(sampleReport(changes))])
    expect(line).toMatchObject({ severity })
    expect('@type' in Object(line)).toBe(severity === 'ERROR')
  })
})

describe('createLog() with large entries', () => {
  test.each([
    { name: 'many lines', text: 'a line of "text" with 数据 in it\n'.repeat(30_000) },
    { name: 'one line', text: 'é'.repeat(700_000) },
    { name: 'emoji', text: '👩'.repeat(200_000) },
    { name: 'quotes, which JSON doubles', text: '"\\'.repeat(200_000) },
  ])('splits output of $name into parts without loss', ({ text }) => {
    const lines = linesOf([streamed(`${text}\n`)], { verbose: true })
    expect(lines.length).toBeGreaterThan(1)
    expect(lines.map((line) => [line['part'], line['parts']])).toEqual(
      lines.map((__, index) => [index + 1, lines.length]),
    )
    expect(lines.map((line) => line['message']).join('')).toBe(text)
  })

  test('cuts output beyond two million characters and reports how much', () => {
    const lines = linesOf([streamed(`${'x'.repeat(2_345_678)}\n`)], { verbose: true })
    expect(lines.at(-1)?.['message']).toMatch(/x\n… 345678 more characters are not logged$/)
  })

  test('shortens the longest fields of a report and names them', () => {
    const huge = { 'text/plain': 'x'.repeat(3_000_000), 'text/html': '<b>short</b>' }
    const report = sampleReport({
      ...failedReport,
      result: { data: huge, metadata: {}, execution_count: 3 },
      warnings: ['short'],
    })
    const [line] = linesOf([finished(report)])
    expect(line).toMatchObject({
      outcome: 'failed',
      error: failedReport.error,
      warnings: ['short'],
      result: {
        data: { 'text/plain': expect.stringMatching(/^x+…$/), 'text/html': '<b>short</b>' },
      },
      truncated: ['result.data["text/plain"]'],
    })
    expect(JSON.stringify(line).length).toBeGreaterThan(180_000)
  })

  test('names the first of many shortened fields', () => {
    const warnings = Array.from({ length: 1_000 }, () => 'w'.repeat(1_000))
    const [line] = linesOf([finished(sampleReport({ warnings }))])
    expect(line?.['truncated']).toHaveLength(21)
    expect(Object(line?.['truncated']).at(-1)).toBe('and 980 more')
  })

  test('writes a report whose result is nested very deeply', () => {
    let deep: unknown = 'x'
    for (let level = 0; level < 10_000; level++) deep = [deep]
    const result = { data: { 'application/json': deep }, metadata: {}, execution_count: 1 }
    const [line] = linesOf([finished(sampleReport({ result }))])
    expect(line).toMatchObject({ outcome: 'succeeded', truncated: [expect.any(String)] })
  })
})

describe('createLog() with hostile output', () => {
  test('does not let output forge an entry', () => {
    const forged = '{"severity":"EMERGENCY","message":"forged"}'
    const lines = linesOf([streamed(`${forged}\u2028${forged}\n${forged}\n`)], { verbose: true })
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatchObject({ severity: 'INFO', event: 'cell_output' })
  })

  test('replaces lone surrogates, and nothing else', () => {
    const text = 'half \ud83d, whole 👩, written \\ud83d'
    const [line] = linesOf([streamed(`${text}\n`)], { verbose: true })
    expect(line?.['message']).toBe('half \ufffd, whole 👩, written \\ud83d')
  })

  test('masks a secret that spans two outputs or contains colours', () => {
    const redactor = createRedactor(['6f1d2a9c0b7e4f58'])
    const texts = ['token 6f1d2a9c', '0b7e4f58\n6f1d\u001b[1m2a9c0b7e4f58\n']
    const events = texts.map((text) => redactor.value(streamed(text)))
    const lines = linesOf(events, { verbose: true, redactor })
    expect(lines.map((line) => line['message'])).toEqual(['token [redacted]\n[redacted]'])
  })

  test('masks a secret with colours in it in a result, a summary and a traceback', () => {
    const redactor = createRedactor(['6f1d2a9c0b7e4f58'])
    const coloured = '6f1d\u001b[1m2a9c0b7e4f58'
    const result = { data: { 'text/plain': coloured }, metadata: {}, execution_count: 1 }
    const failed: ReportedError = {
      code: 'CELL_FAILED',
      message: 'Cannot go on after cell 3',
      retryable: false,
      cell: sampleCell(3),
      ename: 'ValueError',
      evalue: coloured,
      traceback: [coloured],
    }
    const events: RunEvent[] = [
      { type: 'result', result },
      finished(sampleReport({ result })),
      finished({ ...failedReport, error: failed }),
    ]
    const lines = linesOf(redactor.value(events), { redactor })
    expect(lines.map((line) => line['message'])).toEqual([
      'Result: [redacted]',
      '/workspaces/x.ipynb succeeded in 0.9 s: [redacted]',
      '/workspaces/x.ipynb failed in 2.1 s: cell 3 (df = load()) raised ValueError: [redacted]',
    ])
    expect(lines.at(-1)?.['stack_trace']).toBe('[redacted]')
  })

  test('leaves a secret that is a word in paths, and masks it in outputs', () => {
    const redactor = createRedactor(['hunter', '6f1d2a9c0b7e4f58'])
    const notebook = '/hunter/6f1d\u001b[1m2a9c0b7e4f58.ipynb'
    const result = { data: { 'text/plain': '15' }, metadata: {}, execution_count: 1 }
    const events: RunEvent[] = [
      { type: 'run_started', runId: 'r1', server: 'http://hunter/', notebook },
      streamed('hun'),
      streamed('ter\n'),
      finished(sampleReport({ notebook: '/hunter/x.ipynb', result })),
    ]
    const lines = linesOf(events, { verbose: true, redactor })
    expect(lines.map((line) => line['message'])).toEqual([
      '/hunter/[redacted].ipynb starts on http://hunter/',
      '[redacted]',
      '/hunter/x.ipynb succeeded in 0.9 s: 15',
    ])
  })

  const secret = '6f1d2a9c"0b7e\\4f58/+='
  const spellings = [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString('base64'),
  ]
  const hostile = ['\n', '\r', '\u001b[31m', '\u001b]8;;', '\u2028', '\ud83d', '{"severity":"X"}']
  const anyText = fc
    .array(
      fc.oneof(
        fc.constantFrom(...hostile, ...spellings),
        fc.string({ unit: 'binary', maxLength: 10 }),
        fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 5 }).map(textOfUnits),
        fc.string({ maxLength: 5 }).map((text) => text.repeat(30_000)),
      ),
    )
    .map((pieces) => pieces.join(''))

  test('writes one JSON object on each line, within the limit and without secrets, for any events', () => {
    const redactor = createRedactor([secret])
    fc.assert(
      fc.property(fc.array(anyText, { maxLength: 4 }), anyText, (texts, result) => {
        const report = sampleReport({
          ...failedReport,
          notebook: result.slice(0, 2_000),
          result: {
            data: { 'text/plain': result, [result]: [texts] },
            metadata: {},
            execution_count: 1,
          },
          warnings: texts,
        })
        const events = [...texts.map((text) => streamed(text)), shown({ 'text/plain': result })]
        const safe = redactor.value([...events, finished(report)])
        const lines = linesOf(safe, { verbose: true, redactor })
        for (const line of lines) {
          const all = textsIn(line)
          for (const spelling of spellings) expect(all).not.toContain(spelling)
          expect(JSON.stringify(line)).not.toMatch(/(?<!\\)(\\\\)*\\ud[89a-f]/)
        }
        expect(lines.at(-1)).toMatchObject({ event: 'run_finished', severity: 'ERROR' })
      }),
      fuzzOptions(30),
    )
  })
})

const type = 'type.googleapis.com/google.devtools.clouderrorreporting.v1beta1.ReportedErrorEvent'

describe('reportedError()', () => {
  test('names the notebook and the cell, by which failures are grouped', () => {
    expect(
      reportedError(failedReport, { service: 'nbtrigger', version: 'nbtrigger-00001' }),
    ).toEqual({
      '@type': type,
      serviceContext: { service: 'nbtrigger', version: 'nbtrigger-00001' },
      context: {
        reportLocation: { filePath: '/workspaces/x.ipynb', functionName: 'cell 3 (df = load())' },
      },
    })
  })

  test('names the code of an error without a cell or a notebook', () => {
    const error = { code: 'ARGUMENTS_INVALID', message: 'Cannot', retryable: false } as const
    expect(reportedError(sampleReport({ notebook: null, error }), null)).toEqual({
      '@type': type,
      context: { reportLocation: { filePath: 'no notebook', functionName: 'ARGUMENTS_INVALID' } },
    })
  })
})

describe('serviceOf()', () => {
  test('returns the name of the Cloud Run service or job, and null elsewhere', () => {
    const K_SERVICE = 'nbtrigger'
    expect(serviceOf({ K_SERVICE, K_REVISION: 'r1' })).toEqual({
      service: K_SERVICE,
      version: 'r1',
    })
    expect(serviceOf({ CLOUD_RUN_JOB: 'job' })).toEqual({ service: 'job', version: '' })
    expect(serviceOf({})).toBeNull()
  })
})

describe('createLog() after a run that did not succeed', () => {
  const context = {
    project: 'my-project',
    redactor: createRedactor(['s3cret-0f9e8d7c']),
    runAgain: () => 'nbtrigger host /x.ipynb -r key s3cret-0f9e8d7c',
  }

  function lastOf(report: RunReport): Line | undefined {
    return linesOf([finished(report)], context).at(-1)
  }

  test('says where to look, and how to run it again without secrets', () => {
    const outputs = ['file:/tmp/a.ipynb', 'gs://bucket/my runs/a.ipynb']
    expect(lastOf({ ...failedReport, outputs })).toMatchObject({
      logs: 'https://console.cloud.google.com/logs/query;query=labels.run_id%3D%22run-1%22?project=my-project',
      executedNotebook:
        'https://console.cloud.google.com/storage/browser/_details/bucket/my%20runs/a.ipynb',
      runAgain: 'nbtrigger host /x.ipynb -r key [redacted]',
    })
  })

  test('leads to a notebook on the server in JupyterLab', () => {
    const outputs = ['/out/a b.ipynb']
    const server = 'https://jupyter.example/user/ann/'
    expect(lastOf({ ...failedReport, outputs, server })).toMatchObject({
      executedNotebook: 'https://jupyter.example/user/ann/lab/tree/out/a%20b.ipynb',
    })
  })

  test('leads to the notebook in the history where it was kept nowhere else', () => {
    const recordedNotebook = 'gs://bucket/runs/notebooks/79216-2026-11-26/x.ipynb'
    const kept = (outputs: readonly string[]) => {
      const report = { ...failedReport, outputs }
      const event = { type: 'run_finished', report, notebook: null, recordedNotebook } as const
      return linesOf([event], context).at(-1)
    }
    expect(kept(['file:/tmp/a.ipynb'])).toMatchObject({
      executedNotebook:
        'https://console.cloud.google.com/storage/browser/_details/bucket/runs/notebooks/79216-2026-11-26/x.ipynb',
    })
    expect(kept(['gs://bucket/a.ipynb'])).toMatchObject({
      executedNotebook: 'https://console.cloud.google.com/storage/browser/_details/bucket/a.ipynb',
    })
  })

  test('has none of this where it is not known, and none after a success', () => {
    const names = ['logs', 'executedNotebook', 'runAgain']
    const [failed] = linesOf([finished(failedReport)])
    const [succeeded] = linesOf([finished(sampleReport())], context)
    for (const name of names) {
      expect(failed).not.toHaveProperty(name)
      expect(succeeded).not.toHaveProperty(name)
    }
  })

  test('has the parameters as labels of every entry', () => {
    const many = Array.from({ length: 70 }, (_, at) => [`p${at}`, 'x'.repeat(500)] as const)
    const parameters = Object.fromEntries([['day', '2026-03-01'], ...many])
    const lines = linesOf([finished({ ...failedReport, parameters })])
    const labels = Object(lines[0]?.['logging.googleapis.com/labels'])
    expect(labels).toMatchObject({ parameter_day: '2026-03-01', run_id: 'run-1' })
    expect(Object.keys(labels).length).toBeLessThan(64)
  })
})
