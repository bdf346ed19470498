import { describe, expect, test } from '@jest/globals'
import { RunError } from '../../src/errors.ts'
import { RunIds } from '../../src/jupyter/run_ids.ts'
import { RunLimits } from '../../src/run/run_cells.ts'
import { textFrame } from '../support/fake_frame.ts'
import { FakeJupyter } from '../support/fake_jupyter.ts'
import { notebookOf, plainRequest, serverConfig, token } from '../support/fake_request.ts'
import { tokenPage } from '../support/fake_rest.ts'
import { neverAborts, observeRun } from '../support/observe.ts'
import { until } from '../support/until.ts'

const unavailable = { status: 503, body: 'starting' }

describe('a successful run', () => {
  test('runNotebook() returns the result of the last cell when all cells succeed', async () => {
    await using jupyter = await FakeJupyter.start(['a = 5', 'b = 10', 'a + b'])
    jupyter.cells.set('a + b', (cell) => cell.ok('15'))
    const { report } = await observeRun(jupyter.request())
    expect(report).toMatchObject({
      event: 'run_finished',
      outcome: 'succeeded',
      runId: 'run-1',
      messageId: 'm-1',
      server: jupyter.url.href,
      notebook: '/folder/test.ipynb',
      kernel: { id: jupyter.kernel.id, name: 'python3' },
      kernelDeleted: true,
      cells: { total: 3, executed: 3, skipped: 0, failed: 0 },
      result: { data: { 'text/plain': '15' }, metadata: {}, execution_count: 3 },
      outputComplete: true,
      warnings: [],
    })
    expect(report).not.toHaveProperty('error')
  })

  test('runNotebook() sends its requests in order', async () => {
    await using jupyter = await FakeJupyter.start(['1'], '/user/ann/')
    await observeRun(jupyter.request())
    const order = ['api', 'contents', 'kernelspecs', 'create', 'channels', 'delete']
    expect(jupyter.calls).toEqual(order)
    expect(jupyter.requests[1]?.path).toContain('/api/contents/folder/test.ipynb?')
  })

  test('runNotebook() sends the token in one header, after the first request, and nowhere else', async () => {
    await using jupyter = await FakeJupyter.start(['1'])
    const { events } = await observeRun(jupyter.request())
    const [first, ...others] = jupyter.requests
    expect(first?.headers.authorization).toBeUndefined()
    for (const { headers, path, body } of others) {
      expect(headers.authorization).toBe(`token ${token}`)
      expect(headers.origin).toBeUndefined()
      expect(path + body).not.toContain(token)
    }
    expect(JSON.stringify(events)).not.toContain(token)
  })

  test.each([
    { status: 400, code: 'ARGUMENTS_INVALID', text: 'as --cwd: the server has no such folder' },
    { status: 404, code: 'ARGUMENTS_INVALID', text: 'as --cwd: the server has no such folder' },
    { status: 403, code: 'TOKEN_REFUSED', text: 'Cannot find the folder "/data"' },
  ])('runNotebook() ends with $code when the server answers $status for --cwd', async (row) => {
    await using jupyter = await FakeJupyter.start(['1'])
    jupyter.script('folder', { status: row.status, body: { message: 'No' } })
    const { report } = await observeRun(jupyter.request({ cwd: 'data' }))
    expect(report.error).toMatchObject({
      code: row.code,
      message: expect.stringContaining(row.text),
    })
  })

  test('runNotebook() starts the kernel of the notebook, in its folder, with an id of its own', async () => {
    await using jupyter = await FakeJupyter.start(['1'])
    await observeRun(jupyter.request())
    await observeRun(jupyter.request({ runId: 'run-2' }))
    const asked = jupyter.requests
      .filter(({ route }) => route === 'create')
      .map(({ body }): Record<string, string> => JSON.parse(body))
    expect(asked[0]).toMatchObject({ name: 'python3', path: 'folder/test.ipynb' })
    expect(asked[0]?.['kernel_id']).toMatch(/^[\da-f]{8}-[\da-f-]{27}$/)
    expect(asked[0]?.['kernel_id']).not.toBe(asked[1]?.['kernel_id'])
  })

  test('runNotebook() uses ids that follow from the id of the run', async () => {
    await using jupyter = await FakeJupyter.start(['1', '2'])
    await observeRun(jupyter.request())
    const { id, received } = jupyter.kernel
    const cells = received.filter(({ type }) => type === 'execute_request')
    expect(cells.map(({ header }) => header['msg_id'])).toEqual(['run-1/1/1', 'run-1/2/1'])
    expect(new Set(received.map(({ header }) => header['session']))).toEqual(
      new Set(['nbtrigger-run-1']),
    )
    expect(id).toBe(new RunIds('run-1').kernel)
  })

  test('runNotebook() sends a cell only after the previous one has ended', async () => {
    await using jupyter = await FakeJupyter.start(['slow', 'next'])
    const seen: string[] = []
    jupyter.cells.set('slow', async (cell) => {
      cell.start()
      cell.reply()
      await new Promise((resolve) => setTimeout(resolve, 50))
      seen.push(...jupyter.kernel.received.map(({ code }) => code))
      cell.status('idle')
    })
    await observeRun(jupyter.request())
    expect(seen).toEqual(['', 'slow'])
    expect(cellsOf(jupyter)).toEqual(['slow', 'next'])
  })

  test('runNotebook() skips cells that are empty or not code', async () => {
    await using jupyter = await FakeJupyter.start(['', '  \n', '1'])
    const { report, events } = await observeRun(jupyter.request())
    expect(report.cells).toEqual({ total: 1, executed: 1, skipped: 0, failed: 0 })
    const started = events.find((event) => event.type === 'cell_started')
    expect(started).toMatchObject({ position: 1, cell: { index: 2, id: 'cell-2', source: '1' } })
  })

  test('runNotebook() starts and deletes a kernel when the notebook has no code', async () => {
    await using jupyter = await FakeJupyter.start([])
    const { report } = await observeRun(jupyter.request())
    expect(report).toMatchObject({ outcome: 'succeeded', result: null, kernelDeleted: true })
  })

  test('runNotebook() emits its events in order', async () => {
    await using jupyter = await FakeJupyter.start(['print(1)'])
    jupyter.cells.set('print(1)', (cell) => {
      cell.start()
      cell.stream('1\n')
      cell.reply()
      cell.status('idle')
    })
    const { events } = await observeRun(jupyter.request({ warnings: ['said before'] }))
    expect(events.map(({ type }) => type)).toEqual([
      'run_started',
      'warning',
      'kernel_starting',
      'kernel_created',
      'kernel_started',
      'cell_started',
      'cell_output',
      'cell_finished',
      'result',
      'run_finished',
    ])
  })

  test('runNotebook() emits the result before it waits for the deletion of the kernel', async () => {
    await using jupyter = await FakeJupyter.start(['"last"'])
    jupyter.cells.set('"last"', (cell) => cell.ok("'last'"))
    jupyter.script('delete', { status: 204, delayMs: 500 })
    const toldAt = new Map<string, number>()
    const { events, report } = await observeRun(jupyter.request(), neverAborts, ({ type }) => {
      toldAt.set(type, performance.now())
    })
    expect(events).toContainEqual({ type: 'result', result: report.result })
    expect(report).toMatchObject({ result: { data: { 'text/plain': "'last'" } } })
    const waited = (toldAt.get('run_finished') ?? NaN) - (toldAt.get('result') ?? NaN)
    expect(waited).toBeGreaterThan(400)
  })

  test.each([
    { name: 'has none', source: 'x = 1' },
    { name: 'fails', source: '1/0' },
  ])('runNotebook() emits no result when the last cell $name', async ({ source }) => {
    await using jupyter = await FakeJupyter.start([source])
    jupyter.cells.set('1/0', (cell) => cell.raises('ZeroDivisionError', 'division by zero'))
    const { events } = await observeRun(jupyter.request())
    expect(events.map(({ type }) => type)).not.toContain('result')
  })
})

describe('waiting for the server', () => {
  test.concurrent.each([
    { name: '503', answer: unavailable },
    { name: '429', answer: { status: 429, body: '' } },
    { name: '502 with a page', answer: tokenPage(502, token) },
    { name: 'a cut connection', answer: { silence: 'drop' as const } },
  ])('runNotebook() waits when the server answers $name first', async ({ answer }) => {
    await using jupyter = await FakeJupyter.start(['1'])
    jupyter.script('api', answer)
    const { events, report } = await observeRun(jupyter.request())
    expect(report.outcome).toBe('succeeded')
    expect(events[1]).toMatchObject({ type: 'server_waiting', attempt: 1 })
    expect(jupyter.countOf('api')).toBe(2)
  })

  test.concurrent(
    'runNotebook() gives up when nothing listens within the start limit',
    async () => {
      const jupyter = await FakeJupyter.start(['1'])
      const request = jupyter.request({ startTimeoutMs: 2_000 })
      await jupyter[Symbol.asyncDispose]()
      const { report } = await observeRun(request)
      expect(report).toMatchObject({ outcome: 'error', kernel: null, kernelDeleted: null })
      expect(report.error).toMatchObject({ code: 'SERVER_UNREACHABLE', retryable: true })
      expect(report.error?.message).toMatch(/nothing listens there.*tried for 2 s/)
    },
  )

  test.concurrent(
    'runNotebook() says what the server answered last when a later answer hangs',
    async () => {
      await using jupyter = await FakeJupyter.start(['1'])
      jupyter.script('api', unavailable)
      jupyter.always('api', { silence: 'hang' })
      const { events, report } = await observeRun(jupyter.request({ startTimeoutMs: 3_000 }))
      expect(report.error?.message).toMatch(/answers 503; tried for 3 s/)
      expect(events.filter(({ type }) => type === 'server_waiting')).toHaveLength(1)
    },
  )

  test.concurrent('runNotebook() does not wait when something else answers', async () => {
    await using jupyter = await FakeJupyter.start(['1'])
    jupyter.always('api', tokenPage(404, token))
    const { report } = await observeRun(jupyter.request())
    expect(report.error).toMatchObject({ code: 'SERVER_NOT_JUPYTER', retryable: false })
    expect(jupyter.calls).toEqual(['api', 'api']) // the second one by the doctor
  })

  test.concurrent(
    'runNotebook() ends in time when the kernel never answers, and deletes it',
    async () => {
      await using jupyter = await FakeJupyter.start(['1'])
      jupyter.onKernel = (kernel) => {
        kernel.answersInfo = false
      }
      const { report } = await observeRun(
        jupyter.request({ startTimeoutMs: 3_000, keepKernel: true }),
      )
      expect(report.error).toMatchObject({ code: 'KERNEL_START_FAILED' })
      expect(report.kernelDeleted).toBe(true)
      expect(jupyter.countOf('delete')).toBe(1)
    },
  )
})

describe('which kernel', () => {
  test('runNotebook() runs in the requested kernel', async () => {
    await using jupyter = await FakeJupyter.start(['1'])
    jupyter.specs = { default: 'python3', kernelspecs: { python3: {}, ir: {} } }
    const { report } = await observeRun(jupyter.request({ kernelName: 'ir' }))
    expect(report.kernel?.name).toBe('ir')
  })

  test('runNotebook() reports a kernel that it may have started and could not delete', async () => {
    await using jupyter = await FakeJupyter.start(['1'])
    jupyter.script('create', { silence: 'drop' })
    jupyter.always('delete', { status: 500 })
    const { report } = await observeRun(jupyter.request())
    expect(report).toMatchObject({ outcome: 'error', kernelDeleted: false })
    expect(report.kernel?.name).toBe('python3')
    expect(report.warnings).toEqual([expect.stringContaining(report.kernel?.id ?? '-')])
  })

  test('runNotebook() warns when the kernel of the notebook does not exist', async () => {
    await using jupyter = await FakeJupyter.start()
    jupyter.content = notebookOf(['1'], { kernelspec: { name: 'py39', language: 'python' } })
    const { report } = await observeRun(jupyter.request())
    expect(report.outcome).toBe('succeeded')
    expect(report.warnings).toEqual([expect.stringContaining('"py39"')])
  })

  test('runNotebook() leaves an existing kernel running', async () => {
    await using jupyter = await FakeJupyter.start(['1'])
    const { id } = jupyter.addKernel('0b5a5f27-1111-4222-8333-944455556666')
    const { report } = await observeRun(jupyter.request({ kernelId: id }))
    expect(report).toMatchObject({ outcome: 'succeeded', kernel: { id }, kernelDeleted: null })
    expect(jupyter.calls).toEqual(['api', 'contents', 'look', 'channels'])
  })

  test('runNotebook() leaves a new kernel running with --keep-kernel', async () => {
    await using jupyter = await FakeJupyter.start(['1'])
    const { report } = await observeRun(jupyter.request({ keepKernel: true }))
    expect(report).toMatchObject({ kernelDeleted: null, kernel: { id: jupyter.kernel.id } })
    expect(jupyter.countOf('delete')).toBe(0)
  })

  test('runNotebook() deletes a kernel whose id an older server chose', async () => {
    await using jupyter = await FakeJupyter.start(['1'])
    jupyter.choosesIds = true
    const { report } = await observeRun(jupyter.request())
    expect(report).toMatchObject({ kernel: { id: jupyter.kernel.id }, kernelDeleted: true })
    expect(jupyter.kernels.size).toBe(0)
  })
})

describe('cells that fail', () => {
  const sources = ['1', '1/0', '2']

  test('runNotebook() runs no further cell after a failure', async () => {
    await using jupyter = await FakeJupyter.start(sources)
    jupyter.cells.set('1/0', (cell) => cell.raises('ZeroDivisionError', 'division by zero'))
    const { report } = await observeRun(jupyter.request())
    expect(report).toMatchObject({
      outcome: 'failed',
      cells: { total: 3, executed: 2, skipped: 1, failed: 1 },
      result: null,
      kernelDeleted: true,
      error: {
        code: 'CELL_FAILED',
        retryable: false,
        cell: { index: 1, id: 'cell-1', source: '1/0' },
        ename: 'ZeroDivisionError',
        evalue: 'division by zero',
        traceback: ['ZeroDivisionError: division by zero'],
      },
    })
    expect(cellsOf(jupyter)).toEqual(['1', '1/0'])
  })

  test('runNotebook() continues after a failing cell when errors are allowed', async () => {
    await using jupyter = await FakeJupyter.start(sources)
    jupyter.cells.set('1/0', (cell) => cell.raises('ZeroDivisionError', 'division by zero'))
    jupyter.cells.set('2', (cell) => cell.ok('2'))
    const { report } = await observeRun(jupyter.request({ allowErrors: true }))
    expect(report).toMatchObject({
      outcome: 'succeeded',
      cells: { executed: 3, failed: 1 },
      result: { data: { 'text/plain': '2' } },
    })
    expect(jupyter.kernel.received[1]?.content['stop_on_error']).toBe(false)
  })

  test('runNotebook() succeeds when a cell calls exit()', async () => {
    await using jupyter = await FakeJupyter.start(['exit()', '2'])
    jupyter.cells.set('exit()', (cell) => {
      cell.start()
      cell.reply({ payload: [{ source: 'ask_exit', keepkernel: false }] })
      cell.status('idle')
    })
    const { report } = await observeRun(jupyter.request())
    expect(report).toMatchObject({ outcome: 'succeeded', cells: { executed: 1, skipped: 1 } })
  })
})

describe('limits and stops', () => {
  test.concurrent('runNotebook() interrupts a cell that takes longer than its limit', async () => {
    await using jupyter = await FakeJupyter.start(['sleep', '2'])
    jupyter.cells.set('sleep', (cell) => cell.sleeps())
    const { report } = await observeRun(jupyter.request({ cellTimeoutMs: 200 }))
    expect(report).toMatchObject({ outcome: 'timed_out', cells: { executed: 1, failed: 1 } })
    expect(report.error).toMatchObject({ code: 'CELL_TIMED_OUT', ename: 'KeyboardInterrupt' })
    expect(jupyter.calls.slice(-2)).toEqual(['interrupt', 'delete'])
  })

  test.concurrent(
    'runNotebook() interrupts and deletes when the run takes longer than its limit',
    async () => {
      await using jupyter = await FakeJupyter.start(['1', 'sleep'])
      jupyter.cells.set('sleep', (cell) => cell.sleeps())
      const { report } = await observeRun(jupyter.request({ runTimeoutMs: 6_000 }))
      expect(report).toMatchObject({ outcome: 'timed_out', kernelDeleted: true })
      expect(report.error).toMatchObject({ code: 'RUN_TIMED_OUT', retryable: false })
      expect(jupyter.calls.slice(-2)).toEqual(['interrupt', 'delete'])
    },
  )

  test.concurrent(
    'runNotebook() counts the wait for the server in the limit of the run',
    async () => {
      await using jupyter = await FakeJupyter.start(['1'])
      jupyter.always('api', unavailable)
      const { report } = await observeRun(jupyter.request({ runTimeoutMs: 400 }))
      expect(report.error).toMatchObject({ code: 'RUN_TIMED_OUT' })
      expect(jupyter.countOf('create')).toBe(0)
    },
  )

  test.concurrent(
    'runNotebook() interrupts the cell, deletes the kernel and reports it when stopped',
    async () => {
      await using jupyter = await FakeJupyter.start(['sleep', '2'])
      jupyter.cells.set('sleep', (cell) => cell.sleeps())
      const stop = new AbortController()
      const { report } = await observeRun(jupyter.request(), stop.signal, (event) => {
        if (event.type !== 'cell_started') return
        setTimeout(() => stop.abort(new RunError('CANCELLED', 'Cannot go on: interrupted')), 100)
      })
      expect(report).toMatchObject({ outcome: 'cancelled', kernelDeleted: true })
      expect(report.error).toMatchObject({
        code: 'CANCELLED',
        message: 'Cannot go on: interrupted',
      })
      expect(jupyter.calls.slice(-2)).toEqual(['interrupt', 'delete'])
    },
  )

  test.concurrent(
    'runNotebook() sends no request when it is stopped before it starts',
    async () => {
      await using jupyter = await FakeJupyter.start(['1'])
      const signal = AbortSignal.abort(new RunError('CANCELLED', 'Cannot start: stopped'))
      const { report } = await observeRun(jupyter.request(), signal)
      expect(report.error).toMatchObject({ code: 'CANCELLED', message: 'Cannot start: stopped' })
      expect(jupyter.calls).toEqual([])
    },
  )

  test.concurrent(
    'runNotebook() tells of no waiting when it is stopped in the middle of the first call',
    async () => {
      await using jupyter = await FakeJupyter.start(['1'])
      jupyter.always('api', { silence: 'hang' })
      const stop = new AbortController()
      setTimeout(() => stop.abort(new RunError('CANCELLED', 'Cannot go on: stopped')), 100)
      const { report, events } = await observeRun(jupyter.request(), stop.signal)
      expect(report.error).toMatchObject({ code: 'CANCELLED', message: 'Cannot go on: stopped' })
      expect(events.map(({ type }) => type)).toEqual(['run_started', 'run_finished'])
    },
  )

  test.concurrent(
    'runNotebook() gives up a deletion that hangs soon after it is stopped in the middle of it',
    async () => {
      await using jupyter = await FakeJupyter.start(['1'])
      jupyter.always('delete', { silence: 'hang' })
      const stop = new AbortController()
      const running = observeRun(jupyter.request(), stop.signal)
      await until('the deletion', () => jupyter.calls.includes('delete') || undefined)
      const startedTick = performance.now()
      stop.abort(new RunError('INSTANCE_STOPPED', 'Cannot go on: stopped'))
      const { report } = await running
      expect(performance.now() - startedTick).toBeLessThan(12_000) // 15 s without being stopped
      expect(report).toMatchObject({ outcome: 'succeeded', kernelDeleted: false })
      expect(report.warnings.at(-1)).toMatch(/did not answer before the run had to end$/)
    },
  )

  test.concurrent(
    'runNotebook() gives up what hangs behind its limit, as --timeout says',
    async () => {
      await using jupyter = await FakeJupyter.start(['endless'])
      jupyter.cells.set('endless', (cell) => cell.start())
      for (const route of ['interrupt', 'delete'] as const) {
        jupyter.always(route, { silence: 'hang' })
      }
      const startedTick = performance.now()
      const { report } = await observeRun(jupyter.request({ runTimeoutMs: 4_000 }))
      expect(performance.now() - startedTick).toBeLessThan(4_000 + 25_000)
      expect(report).toMatchObject({
        outcome: 'timed_out',
        error: { code: 'RUN_TIMED_OUT' },
        kernelDeleted: false,
      })
    },
  )

  test.concurrent.each(['kernel_started', 'cell_started', 'cell_output', 'cell_finished'])(
    'runNotebook() deletes the kernel when the receiver of events throws at %s',
    async (type) => {
      await using jupyter = await FakeJupyter.start(['print(1)', '2'])
      jupyter.cells.set('print(1)', (cell) => {
        cell.start()
        cell.stream('1')
        cell.reply()
        cell.status('idle')
      })
      const { report } = await observeRun(jupyter.request(), neverAborts, (event) => {
        if (event.type === type) throw new Error('no more')
      })
      expect(report).toMatchObject({ outcome: 'error', error: { code: 'INTERNAL' } })
      expect(jupyter.countOf('delete')).toBe(1)
      expect(jupyter.kernels.size).toBe(0)
      expect(jupyter.kernel.isConnected).toBe(false)
    },
  )
})

describe('trouble with the server', () => {
  test.concurrent(
    'runNotebook() tries again and deletes once when a DELETE fails once',
    async () => {
      await using jupyter = await FakeJupyter.start(['1'])
      jupyter.script('delete', unavailable)
      const { report } = await observeRun(jupyter.request())
      expect(report).toMatchObject({ kernelDeleted: true, warnings: [] })
    },
  )

  test.concurrent(
    'runNotebook() says that the kernel is left behind when every DELETE fails',
    async () => {
      await using jupyter = await FakeJupyter.start(['1'])
      jupyter.always('delete', { status: 500, body: { message: 'no luck' } })
      const { report } = await observeRun(jupyter.request())
      expect(report).toMatchObject({ outcome: 'succeeded', kernelDeleted: false })
      expect(report.warnings).toEqual([
        `Cannot delete the kernel ${jupyter.kernel.id}: ${jupyter.url.host} answers 500: no luck`,
      ])
    },
  )

  test.concurrent(
    'runNotebook() deletes the kernel and may be tried again when the POST is not answered',
    async () => {
      await using jupyter = await FakeJupyter.start(['1'])
      jupyter.script('create', { silence: 'drop' })
      const { report } = await observeRun(jupyter.request())
      expect(report.error).toMatchObject({ code: 'SERVER_UNREACHABLE', retryable: true })
      const [post, remove] = jupyter.requests.filter(
        ({ route }) => route === 'create' || route === 'delete',
      )
      const { kernel_id }: Record<string, string> = JSON.parse(post?.body ?? '')
      expect(remove).toMatchObject({ route: 'delete', path: `/api/kernels/${kernel_id}` })
    },
  )

  test.concurrent('runNotebook() is not retryable after a cell was sent', async () => {
    await using jupyter = await FakeJupyter.start(['lost'])
    jupyter.cells.set('lost', (cell) => {
      cell.start()
      jupyter.always('channels', { status: 403, body: { message: 'Forbidden' } })
      cell.kernel.lose('RST')
    })
    const { report } = await observeRun(jupyter.request())
    expect(report.error).toMatchObject({ code: 'CONNECTION_LOST', retryable: false })
    expect(report.kernelDeleted).toBe(true)
  })

  test.concurrent(
    'runNotebook() says that output may be missing when the connection broke',
    async () => {
      await using jupyter = await FakeJupyter.start(['x'])
      jupyter.cells.set('x', (cell) => {
        cell.start()
        cell.kernel.lose('RST')
        cell.result('15')
        cell.reply()
        cell.status('idle')
      })
      const { report } = await observeRun(jupyter.request())
      expect(report).toMatchObject({
        outcome: 'succeeded',
        outputComplete: false,
        result: { data: { 'text/plain': '15' } },
      })
      expect(report.warnings).toHaveLength(1)
    },
  )

  test.concurrent('runNotebook() warns once of all lost connections during a cell', async () => {
    await using jupyter = await FakeJupyter.start(['x'])
    jupyter.cells.set('x', async (cell) => {
      cell.start()
      for (let count = 1; count <= 5; count += 1) {
        cell.kernel.lose('RST')
        cell.stream(`${count}`)
        await until('the connection', () => jupyter.countOf('channels') > count || undefined)
      }
      cell.reply()
      cell.status('idle')
    })
    const { report } = await observeRun(jupyter.request())
    expect(report).toMatchObject({ outcome: 'succeeded', outputComplete: false })
    expect(report.warnings).toEqual([
      expect.stringMatching(/^The connection .* broke during cell 0 and was restored, 5 times; /),
    ])
  })

  test.concurrent('runNotebook() ends when no connection lasts', async () => {
    await using jupyter = await FakeJupyter.start(['x'])
    jupyter.cells.set('x', (cell) => {
      cell.start()
      const { kernel } = jupyter
      kernel.attach = ({ stream, sessionId, socket }) => {
        socket.send(textFrame({ type: 'status', content: {}, parent: {}, session: sessionId }))
        setImmediate(() => stream.end())
      }
      cell.kernel.lose('RST')
    })
    const { report } = await observeRun(jupyter.request())
    expect(report).toMatchObject({ outcome: 'error', kernelDeleted: true, outputComplete: false })
    expect(report.error).toMatchObject({
      code: 'CONNECTION_LOST',
      message: expect.stringContaining('does not hold: it broke'),
    })
    expect(report.warnings).toHaveLength(1)
    expect(jupyter.countOf('channels')).toBeLessThan(50)
  })

  test.concurrent(
    'runNotebook() asks a second time for a result that the server dropped',
    async () => {
      await using jupyter = await FakeJupyter.start(['flood'])
      jupyter.cells.set('flood', (cell) => {
        cell.start()
        const { session } = cell.parent
        const content = { name: 'stderr', text: 'IOPub data rate exceeded.\nThe Jupyter server' }
        cell.kernel.say({
          type: 'stream',
          content,
          parent: cell.parent,
          session: String(session),
        })
        cell.reply()
        cell.status('idle')
      })
      jupyter.cells.set('', (cell) => {
        const data = { 'text/plain': '15' }
        cell.reply({ user_expressions: { value: { status: 'ok', data, metadata: {} } } })
        cell.status('idle')
      })
      const { report } = await observeRun(jupyter.request())
      expect(report).toMatchObject({
        outcome: 'succeeded',
        outputComplete: false,
        result: { data: { 'text/plain': '15' }, execution_count: 1 },
      })
    },
  )

  test.concurrent(
    'runNotebook() says what is wrong when the notebook is missing, without a kernel',
    async () => {
      await using jupyter = await FakeJupyter.start()
      jupyter.always('contents', { status: 404, body: 'no such file' })
      const { report } = await observeRun(jupyter.request())
      expect(report.error).toMatchObject({ code: 'NOTEBOOK_NOT_FOUND' })
      expect(jupyter.countOf('create')).toBe(0)
    },
  )
})

/** The code of the requests to execute. */
function cellsOf({ kernel }: FakeJupyter): readonly string[] {
  return kernel.received.filter(({ type }) => type === 'execute_request').map(({ code }) => code)
}

const server = new URL('http://127.0.0.1:1/')
const request = {
  ...plainRequest,
  server: serverConfig(server, token),
  runTimeoutMs: null,
  startTimeoutMs: 20,
}

describe('RunLimits', () => {
  test('RunLimits aborts only the start when the kernel does not answer in time', async () => {
    using limits = new RunLimits(request, neverAborts)
    await until('the end of the start', () => limits.start.aborted || undefined)
    expect(limits.start.reason).toMatchObject({ code: 'KERNEL_START_FAILED' })
    expect(limits.run.aborted).toBe(false)
  })

  test('RunLimits aborts both when the run is out of time', async () => {
    using limits = new RunLimits(
      { ...request, runTimeoutMs: 20, startTimeoutMs: 60_000 },
      neverAborts,
    )
    await until('the end of the run', () => limits.run.aborted || undefined)
    expect(limits.run.reason).toMatchObject({ code: 'RUN_TIMED_OUT' })
    expect(limits.start.reason).toBe(limits.run.reason)
  })

  test('RunLimits knows for a later process when the time is up that was given', () => {
    const earliest = Date.now() + 3_600_000
    const given = { ...request, runTimeoutMs: 60_000, givenTimeoutMs: 3_600_000 }
    using limits = new RunLimits(given, neverAborts)
    expect(limits.deadlineAt?.getTime()).toBeGreaterThanOrEqual(earliest)
    using later = new RunLimits(given, neverAborts, limits.deadlineAt)
    expect(later.deadlineAt?.getTime()).toBeCloseTo(Number(limits.deadlineAt), -4)
  })

  test('RunLimits aborts both when the run is stopped', () => {
    const stop = new AbortController()
    using limits = new RunLimits({ ...request, startTimeoutMs: 60_000 }, stop.signal)
    stop.abort(new RunError('CANCELLED', 'stopped'))
    expect([limits.run.aborted, limits.start.aborted]).toEqual([true, true])
  })

  test('RunLimits aborts the start when the run is over', () => {
    const limits = new RunLimits({ ...request, startTimeoutMs: 60_000 }, neverAborts)
    limits.started()
    expect(limits.start.aborted).toBe(false)
    limits[Symbol.dispose]()
    expect(limits.start.reason).toMatchObject({ code: 'CANCELLED' })
  })
})
