import { describe, expect, test } from '@jest/globals'
import { createProgress } from '../../src/cli/progress.ts'
import type { RunEvent } from '../../src/events.ts'
import { jsonReply, problemOf, problemReply, type Reply } from '../../src/http/reply.ts'
import { createLog } from '../../src/reporting/cloud_logging.ts'
import { findingLine } from '../../src/reporting/summary.ts'
import { createRedactor } from '../../src/redaction/redactor.ts'
import { hostileTexts, isForged, unsafeIn } from '../support/hostile_texts.ts'
import { FakeTerminal } from './fake_terminal.ts'
import { finished, sampleCell, sampleReport } from './sample_events.ts'

/** A run in which everything that somebody else may have written is this text. */
function eventsOf(text: string): readonly RunEvent[] {
  const cell = sampleCell(0, text)
  const kernel = { id: text, name: text }
  const data = { 'text/plain': text }
  const error = { code: 'CELL_FAILED', message: text, retryable: false, cell } as const
  const failed = sampleReport({
    outcome: 'failed',
    notebook: text,
    kernel,
    kernelDeleted: false,
    result: null,
    error: { ...error, ename: text, evalue: text },
    warnings: [text],
    outputs: [text],
  })
  const finding = { check: 'kernel', verdict: 'bad', what: text, advice: text } as const
  return [
    { type: 'run_started', runId: 'r1', server: text, notebook: text },
    { type: 'server_waiting', attempt: 1, reason: text },
    { type: 'warning', message: text },
    { type: 'kernel_starting', name: text },
    { type: 'kernel_created', kernel },
    { type: 'kernel_started', kernel, cellsToRun: 1 },
    { type: 'cell_started', cell, position: 1 },
    { type: 'cell_finished', cell, position: 1, status: 'error', durationMs: 1 },
    { type: 'result', result: { data, metadata: {}, execution_count: 1 } },
    { type: 'diagnosed', findings: [finding] },
    finished(failed),
  ]
}

async function progressOf(stream: { write(text: string): unknown }, text: string): Promise<void> {
  using progress = await createProgress(stream, { verbose: true, redactor: createRedactor([]) })
  for (const event of eventsOf(text)) progress.observe(event)
}

function textOf({ body }: Reply): string {
  if (typeof body !== 'string') throw new Error('Cannot read the body: it is no text')
  return body
}

type Output = (text: string) => Promise<string> | string

const outputs: Readonly<Record<string, Output>> = {
  'the progress in a file': async (text) => {
    const writes: string[] = []
    await progressOf({ write: (part) => writes.push(part) }, text)
    return writes.join('')
  },
  'the progress on a terminal': async (text) => {
    const terminal = new FakeTerminal(200)
    await progressOf(terminal, text)
    return terminal.screen.join('\n')
  },
  "a finding of the doctor's": (text) =>
    findingLine({ check: 'kernel', verdict: 'bad', what: text, advice: text }),
}

const jsonOutputs: Readonly<Record<string, Output>> = {
  'the log': (text) => {
    const lines: string[] = []
    const options = {
      runId: 'r',
      verbose: true,
      labels: {},
      trace: null,
      redactor: createRedactor([]),
    }
    const log = createLog((line) => lines.push(line), options)
    for (const event of eventsOf(text)) log(event)
    return lines.join('')
  },
  'an answer by HTTP': (text) => textOf(jsonReply({ text })),
  'a problem by HTTP': (text) =>
    textOf(problemReply(problemOf({ code: 'CELL_FAILED', message: text }, sampleReport()))),
}

describe.each(Object.entries({ ...outputs, ...jsonOutputs }))('%s', (_, output) => {
  test.each(Object.entries(hostileTexts))('shows %s as plain text', async (_name, text) => {
    const shown = await output(text)
    expect(unsafeIn(shown)).toEqual([])
    expect(isForged(shown)).toBe(false)
  })
})

test.each(Object.values(hostileTexts))('keeps the value %j in JSON', (text) => {
  expect(JSON.parse(textOf(jsonReply({ text })))).toEqual({ text })
})

test('has a safe message in the log, while fields keep the value', () => {
  const message = 'a\u202eb\u009b31mc\nd'
  const lines: string[] = []
  const log = createLog((line) => lines.push(line), {
    runId: 'r',
    verbose: false,
    labels: {},
    trace: null,
    redactor: createRedactor([]),
  })
  log({ type: 'warning', message })
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ message: 'abc d' })
})
