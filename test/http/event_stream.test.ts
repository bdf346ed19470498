import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { getRequestListener } from '@hono/node-server'
import { describe, expect, test } from '@jest/globals'
import type { CellOutput, RunFinished } from '../../src/events.ts'
import { Budget } from '../../src/http/budget.ts'
import { EventStream, type EventStreamOptions } from '../../src/http/event_stream.ts'
import { PacedBody } from '../../src/http/paced_body.ts'
import { neverAborts } from '../../src/util/abort.ts'
import { openCall } from '../support/http_call.ts'
import { portOf } from '../support/port.ts'
import { readEvents } from '../support/server_sent_events.ts'

const cell = { index: 0, id: 'a', source: 'x' }
const started = {
  type: 'run_started',
  runId: 'r1',
  server: 'http://h/',
  notebook: '/x.ipynb',
} as const

function output(size: number): CellOutput {
  const printed = { output_type: 'stream', name: 'stdout', text: 'x'.repeat(size) } as const
  return { type: 'cell_output', cell, output: printed }
}

const finished: RunFinished = {
  type: 'run_finished',
  notebook: { secret: 'the whole notebook' },
  report: {
    event: 'run_finished',
    outcome: 'succeeded',
    runId: 'r',
    server: null,
    notebook: null,
    kernel: null,
    kernelDeleted: null,
    startedAt: '',
    finishedAt: '',
    durationMs: 1,
    cells: { total: 0, executed: 0, skipped: 0, failed: 0 },
    result: null,
    outputComplete: true,
    warnings: [],
    outputs: [],
  },
}

type Work = (stream: EventStream) => Promise<void>

/** A stream to a client that reads when it is told to. */
async function streamed(work: Work, options: Partial<EventStreamOptions> = {}) {
  let answered: Promise<void> | undefined
  const server = createServer((request, outgoing) => {
    const stream = new EventStream(outgoing, { budget: new Budget(2 ** 30), ...options })
    const fetch = async () => {
      const { status, headers, body } = await stream.opened
      if (body instanceof PacedBody) return new Response(body.stream, { status, headers })
      throw new Error('Cannot send the events: they are no stream')
    }
    void getRequestListener(fetch, { overrideGlobalObjects: false })(request, outgoing)
    answered = work(stream).then(() => stream.end(neverAborts))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const { response } = await openCall(portOf(server), { path: '/' })
    const read = async () => {
      const all = await text(response)
      await answered
      return all
    }
    return { response, read }
  } finally {
    server.close()
  }
}

describe('EventStream', () => {
  test('sends events in order, and the report without the notebook', async () => {
    const { response, read } = await streamed(async (stream) => {
      stream.observe(started)
      stream.observe(output(3))
      stream.observe({
        type: 'result',
        result: { data: { 'text/plain': '3' }, metadata: {}, execution_count: 1 },
      })
      stream.observe(finished)
    })
    expect(response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
    })
    const all = await read()
    expect(readEvents(all).map(({ type }) => type)).toEqual([
      'run_started',
      'cell_output',
      'run_finished',
    ])
    expect(readEvents(all).at(-1)?.data).toEqual({ type: 'run_finished', report: finished.report })
  })

  test('sends every digit of an integer', async () => {
    const { read } = await streamed(async (stream) => {
      const data = { 'application/json': 12345678901234567890n }
      stream.observe({
        type: 'cell_output',
        cell,
        output: { output_type: 'display_data', data, metadata: {} },
      })
    })
    expect(await read()).toContain('"application/json":12345678901234567890')
  })

  test('shows that it lives while nothing happens', async () => {
    const enough = new EventEmitter()
    const waited = once(enough, 'beats')
    const { response, read } = await streamed(
      async (stream) => {
        stream.observe(started)
        await waited
        stream.observe(finished)
      },
      { everyMs: 5 },
    )
    let beats = 0
    response.on('data', (chunk: Buffer) => {
      beats += String(chunk).split(': the run goes on\n\n').length - 1
      if (beats >= 3) enough.emit('beats')
    })
    expect(readEvents(await read()).map(({ type }) => type)).toEqual([
      'run_started',
      'run_finished',
    ])
  })

  test('shortens the sources of cells for a reader that is too slow', async () => {
    const budget = new Budget(10_000_000)
    const source = 'x'.repeat(10_000)
    const { read } = await streamed(
      async (stream) => {
        stream.observe(started)
        const event = { type: 'cell_started', cell: { ...cell, source }, position: 1 } as const
        for (let count = 0; count < 1_000; count++) stream.observe(event)
        expect(budget.hasRoom(9_000_000)).toBe(true)
        stream.observe(finished)
      },
      { maxBytes: 100_000, budget },
    )
    const events = readEvents(await read())
    expect(events.filter(({ type }) => type === 'cell_started')).toHaveLength(1_000)
    expect(events.at(-1)?.type).toBe('run_finished')
  })

  test('leaves outputs out for a reader that is too slow, says how many, and keeps the end', async () => {
    const budget = new Budget(200_000)
    const { read } = await streamed(
      async (stream) => {
        stream.observe(started)
        for (let count = 0; count < 2_000; count++) stream.observe(output(10_000))
        expect([budget.hasRoom(85_000), budget.hasRoom(110_000)]).toEqual([true, false])
        stream.observe(finished)
      },
      { maxBytes: 100_000, budget },
    )
    const events = readEvents(await read())
    const outputs = events.filter(({ type }) => type === 'cell_output').length
    expect(outputs).toBeGreaterThan(5)
    const [lost, last] = events.slice(-2)
    expect(lost).toEqual({
      type: 'outputs_left_out',
      data: { type: 'outputs_left_out', count: 2_000 - outputs },
    })
    expect(last?.type).toBe('run_finished')
  })

  test('leaves outputs out where the answers of others wait for their readers', async () => {
    const budget = new Budget(50_000)
    const { read } = await streamed(
      async (stream) => {
        stream.observe(started)
        using _ = budget.hold(49_000)
        stream.observe(output(10_000))
      },
      { budget },
    )
    expect(readEvents(await read()).map(({ type }) => type)).toEqual(['run_started'])
    expect(budget.hasRoom(50_000)).toBe(true)
  })

  test('writes a large event in pieces, and every character of it', async () => {
    const message = 'größe 😀 "\n'.repeat(100_000)
    const { read } = await streamed(async (stream) => {
      stream.observe({ type: 'warning', message })
      stream.observe(finished)
    })
    const [large, last] = readEvents(await read())
    expect(large).toEqual({ type: 'warning', data: { type: 'warning', message } })
    expect(last?.type).toBe('run_finished')
  })
})
