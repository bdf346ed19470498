import { describe, expect, test } from '@jest/globals'
import { RunError } from '../../src/errors.ts'
import { tokenCredentials } from '../../src/jupyter/credentials.ts'
import { Kernel } from '../../src/jupyter/kernel.ts'
import type { KernelMessage } from '../../src/jupyter/messages.ts'
import { JupyterServer } from '../../src/jupyter/server.ts'
import type { FakeAnswer } from '../support/fake_answer.ts'
import { FakeJupyter } from '../support/fake_jupyter.ts'
import type { FakeKernel } from '../support/fake_kernel.ts'
import { token } from '../support/fake_request.ts'
import { tokenPage } from '../support/fake_rest.ts'
import { inBackground } from '../support/in_background.ts'
import { neverAborts } from '../support/observe.ts'
import { connectKernel, makeKernel, serverOf } from '../support/open_channel.ts'
import { freePort } from '../support/port.ts'
import { rejectionOf } from '../support/rejection.ts'
import { until } from '../support/until.ts'

const id = '0b5a5f27-1111-4222-8333-944455556666'

function askedId(jupyter: FakeJupyter): unknown {
  const body = jupyter.requests.find(({ route }) => route === 'create')?.body ?? '{}'
  const model: Record<string, unknown> = JSON.parse(body)
  return model['kernel_id']
}

describe('Kernel.start()', () => {
  test('make() requests a new id each time', async () => {
    await using jupyter = await FakeJupyter.start()
    const one = await makeKernel(jupyter)
    const two = await makeKernel(jupyter)
    expect(one.id).toBe(askedId(jupyter))
    expect(one.id).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/)
    expect(two.id).not.toBe(one.id)
  })

  test.each([
    { name: 'is cut', answer: { silence: 'drop' as const } },
    { name: 'fails', answer: { status: 500, body: { message: 'Unhandled error' } } },
  ])('end() deletes the requested id when the POST $name', async ({ answer }) => {
    await using jupyter = await FakeJupyter.start()
    jupyter.script('create', answer)
    const kernel = planned(jupyter)
    await expect(kernel.start('n.ipynb', neverAborts)).rejects.toThrow(/^Cannot start/)
    await kernel.end(1_000, neverAborts)
    expect(jupyter.calls).toEqual(['create', 'delete'])
    expect(jupyter.requests[1]?.path).toBe(`/api/kernels/${String(askedId(jupyter))}`)
    expect(kernel).toMatchObject({ deleted: null, existsOnServer: false })
  })

  test.each([
    {
      name: 'refuses the token',
      answer: { status: 403, body: { message: 'Forbidden' } },
      code: 'TOKEN_REFUSED',
    },
    {
      name: 'has no such API',
      answer: { status: 404, body: 'nothing here' },
      code: 'SERVER_NOT_JUPYTER',
    },
    {
      name: 'takes no more',
      answer: { status: 429, body: { message: 'busy' } },
      code: 'SERVER_UNREACHABLE',
    },
    {
      name: 'redirects',
      answer: { status: 302, headers: { Location: '/login' } },
      code: 'TOKEN_REFUSED',
    },
  ])('end() has nothing to delete when the server $name', async ({ answer, code }) => {
    await using jupyter = await FakeJupyter.start()
    jupyter.script('create', answer)
    jupyter.always('delete', answer)
    const kernel = planned(jupyter)
    await expect(kernel.start('n.ipynb', neverAborts)).rejects.toMatchObject({ code })
    await kernel.end(1_000, neverAborts)
    expect(jupyter.calls).toEqual(['create'])
    expect(kernel).toMatchObject({ deleted: null, existsOnServer: false, deletionError: null })
  })

  test('end() deletes nothing when the server was not reached', async () => {
    const nobody = new URL(`http://127.0.0.1:${await freePort()}/`)
    const server = new JupyterServer(nobody, tokenCredentials(token))
    const kernel = Kernel.create(server.kernels, { name: 'python3', keep: false })
    await expect(kernel.start('n.ipynb', neverAborts)).rejects.toMatchObject({
      code: 'SERVER_UNREACHABLE',
    })
    await kernel.end(1_000, neverAborts)
    expect(kernel).toMatchObject({ deleted: null, existsOnServer: false, deletionError: null })
  })

  test('end() deletes nothing when a stopped run receives the refusal late', async () => {
    await using jupyter = await FakeJupyter.start()
    jupyter.script('create', { status: 403, body: { message: 'Forbidden' }, delayMs: 1_000 })
    const reason = new RunError('CANCELLED', 'stopped')
    const stop = new AbortController()
    const kernel = planned(jupyter)
    const starting = inBackground(kernel.start('n.ipynb', stop.signal))
    await until('the POST', () => jupyter.countOf('create') > 0 || undefined)
    stop.abort(reason)
    await expect(starting).rejects.toBe(reason)
    await kernel.end(5_000, neverAborts)
    expect(jupyter.calls).toEqual(['create'])
    expect(kernel).toMatchObject({ deleted: null, existsOnServer: false, deletionError: null })
  })

  test('end() deletes a kernel that was started although the POST timed out', async () => {
    await using jupyter = await FakeJupyter.start()
    jupyter.script('create', { silence: 'hang' })
    const late = new RunError('KERNEL_START_FAILED', 'late')
    const stop = new AbortController()
    const kernel = planned(jupyter)
    const starting = inBackground(kernel.start('n.ipynb', stop.signal))
    await until('the POST', () => jupyter.countOf('create') > 0 || undefined)
    stop.abort(late)
    await expect(starting).rejects.toBe(late)
    jupyter.addKernel(kernel.id)
    await kernel.end(1_000, neverAborts)
    expect(jupyter.requests[1]?.path).toBe(`/api/kernels/${String(askedId(jupyter))}`)
    expect(kernel).toMatchObject({ deleted: true, existsOnServer: true })
  })

  test('end() waits for the answer to the pending POST of a stopped run', async () => {
    await using jupyter = await FakeJupyter.start()
    jupyter.script('create', { status: 201, delayMs: 1_000, body: { id: 'the-servers-own' } })
    jupyter.addKernel('the-servers-own')
    const reason = new RunError('CANCELLED', 'stopped')
    const stop = new AbortController()
    const kernel = planned(jupyter)
    const starting = inBackground(kernel.start('n.ipynb', stop.signal))
    await until('the POST', () => jupyter.countOf('create') > 0 || undefined)
    stop.abort(reason)
    await expect(starting).rejects.toBe(reason)
    await kernel.end(5_000, neverAborts)
    expect(jupyter.requests[1]?.path).toBe('/api/kernels/the-servers-own')
    expect(kernel).toMatchObject({ deleted: true, existsOnServer: true })
  })

  test('end() reports a kernel that a failed POST may have started and that could not be deleted', async () => {
    await using jupyter = await FakeJupyter.start()
    jupyter.script('create', { silence: 'drop' })
    jupyter.always('delete', { status: 500 })
    const kernel = planned(jupyter)
    await expect(kernel.start('n.ipynb', neverAborts)).rejects.toThrow(/^Cannot start/)
    await kernel.end(3_000, neverAborts)
    expect(kernel).toMatchObject({ deleted: false, existsOnServer: true })
    expect(kernel.deletionError?.message).toContain(kernel.id)
  })

  test('make() sends nothing when its signal has aborted, and end() deletes nothing', async () => {
    await using jupyter = await FakeJupyter.start()
    const reason = new RunError('CANCELLED', 'stopped')
    const kernel = planned(jupyter)
    await expect(kernel.start('n.ipynb', AbortSignal.abort(reason))).rejects.toBe(reason)
    await kernel.end(1_000, neverAborts)
    expect(jupyter.calls).toEqual([])
    expect(kernel.deleted).toBeNull()
  })
})

function planned(jupyter: FakeJupyter): Kernel {
  return Kernel.create(serverOf(jupyter).kernels, { name: 'python3', keep: false })
}

describe('Kernel.find()', () => {
  test('find() uses an existing kernel and leaves it running', async () => {
    await using jupyter = await FakeJupyter.start()
    jupyter.addKernel(id, 'ir')
    const kernel = await Kernel.find(serverOf(jupyter).kernels, id, neverAborts)
    expect(kernel).toMatchObject({ id, name: 'ir' })
    await kernel.end(1_000, neverAborts)
    expect(kernel.deleted).toBeNull()
    expect(jupyter.kernels.has(id)).toBe(true)
  })

  test('find() throws KERNEL_NOT_FOUND when no kernel has this id', async () => {
    await using jupyter = await FakeJupyter.start()
    const found = Kernel.find(serverOf(jupyter).kernels, id, neverAborts)
    await expect(found).rejects.toMatchObject({
      code: 'KERNEL_NOT_FOUND',
      message: expect.stringContaining(`"${id}"`),
    })
  })
})

describe('Kernel.request()', () => {
  test.each<[string, (cell: FakeAnswer) => void]>([
    [
      'the reply comes first',
      (cell) => {
        cell.reply()
        cell.stream('a')
        cell.status('idle')
      },
    ],
    [
      'the idle status comes first',
      (cell) => {
        cell.stream('a')
        cell.status('idle')
        cell.reply()
      },
    ],
  ])('request() resolves with the reply when both have come: %s', async (_, script) => {
    await using jupyter = await FakeJupyter.start()
    jupyter.cells.set('1', (cell) => {
      cell.status('idle', { msg_id: 'of-somebody-else' })
      cell.say('execute_reply', { status: 'aborted' }, { msg_id: 'of-somebody-else' })
      script(cell)
    })
    await using kernel = await connectKernel(jupyter)
    const answers: string[] = []
    const onMessage = ({ type }: KernelMessage, isAnswer: boolean) => {
      if (isAnswer) answers.push(type)
    }
    const reply = await kernel.request('1', { onMessage, signal: neverAborts })
    expect(reply).toMatchObject({ status: 'ok' })
    expect(answers.toSorted()).toEqual(['execute_reply', 'status', 'stream'])
    expect(jupyter.kernel.received.at(-1)?.content).toMatchObject({
      silent: false,
      stop_on_error: true,
    })
  })

  test('request() throws the reason of its signal when no reply comes', async () => {
    await using jupyter = await FakeJupyter.start()
    const stop = new AbortController()
    const reason = new RunError('CANCELLED', 'stopped')
    jupyter.cells.set('1', (cell) => {
      cell.status('idle')
      setTimeout(() => stop.abort(reason), 50)
    })
    await using kernel = await connectKernel(jupyter)
    await expect(kernel.request('1', { signal: stop.signal })).rejects.toBe(reason)
  })

  test('request() throws what its listener throws', async () => {
    await using jupyter = await FakeJupyter.start()
    const reason = new RunError('CANCELLED', 'heard enough')
    await using kernel = await connectKernel(jupyter)
    const onMessage = () => {
      throw reason
    }
    await expect(kernel.request('1', { onMessage, signal: neverAborts })).rejects.toBe(reason)
  })

  test('ping() waits for the answer and the idle status behind it', async () => {
    await using jupyter = await FakeJupyter.start()
    await using kernel = await connectKernel(jupyter)
    const answers: string[] = []
    const onMessage = ({ type }: KernelMessage, isAnswer: boolean) => {
      if (isAnswer) answers.push(type)
    }
    await kernel.ping({ onMessage, signal: neverAborts })
    expect(answers).toEqual(['status', 'kernel_info_reply', 'status'])
  })
})

describe('Kernel.connect()', () => {
  test("connect() waits for the kernel's reply and reads its language and implementation", async () => {
    await using jupyter = await FakeJupyter.start()
    jupyter.onKernel = (kernel) => {
      kernel.info = { status: 'ok', implementation: 'IRkernel' }
    }
    await using kernel = await connectKernel(jupyter)
    expect(kernel.implementation).toBe('IRkernel')
    expect(jupyter.kernel.received.map(({ type }) => type)).toEqual(['kernel_info_request'])
  })

  test.each([
    [403, 'TOKEN_REFUSED'],
    [404, 'KERNEL_START_FAILED'],
    [500, 'KERNEL_START_FAILED'],
    [200, 'KERNEL_START_FAILED'],
  ])('connect() throws the right error when the handshake is answered %d', async (status, code) => {
    await using jupyter = await FakeJupyter.start()
    jupyter.always('channels', tokenPage(status, token))
    await using kernel = await makeKernel(jupyter)
    const error = await rejectionOf(kernel.connect(neverAborts))
    expect(error).toMatchObject({ code, message: expect.stringMatching(/^Cannot .*[^.]$/) })
    expect(error.message).not.toContain('secret')
  })

  test.concurrent(
    'connect() gives up when the server forgets the kernel before it answers',
    async () => {
      await using jupyter = await FakeJupyter.start()
      jupyter.always('channels', { silence: 'hang' })
      await using kernel = await makeKernel(jupyter)
      jupyter.kernels.clear()
      await expect(kernel.connect(neverAborts)).rejects.toMatchObject({
        code: 'KERNEL_START_FAILED',
        message: 'Cannot start the kernel "python3": the server gave it up',
      })
    },
  )

  test.concurrent('connect() leaves no pending request when its signal aborts', async () => {
    await using jupyter = await FakeJupyter.start()
    jupyter.always('channels', { silence: 'hang' })
    jupyter.always('look', { silence: 'hang' })
    await using kernel = await makeKernel(jupyter)
    const stop = new AbortController()
    const connecting = kernel.connect(stop.signal)
    const failing = expect(connecting).rejects.toThrow('stopped')
    await until('a look', () => jupyter.countOf('look') > 0 || undefined)
    stop.abort(new RunError('CANCELLED', 'stopped'))
    await failing
    await until('no open call', () => jupyter.openStreams === 0 || undefined, 5_000)
  })

  test('execute() throws before connect()', async () => {
    await using jupyter = await FakeJupyter.start()
    await using kernel = await makeKernel(jupyter)
    expect(() => kernel.execute('1', { stopOnError: true })).toThrow('before it is connected')
  })
})

describe('Kernel.next()', () => {
  test.each<[string, (kernel: FakeKernel) => void, string]>([
    ['is restarting', (kernel) => sayStatus(kernel, 'restarting'), 'KERNEL_DIED'],
    ['is dead', (kernel) => sayStatus(kernel, 'dead'), 'KERNEL_DIED'],
    ['starts a second time', (kernel) => sayStatus(kernel, 'starting', 'other'), 'KERNEL_DIED'],
    ['shuts down', (kernel) => shutdown(kernel), 'KERNEL_GONE'],
  ])('next() throws when the kernel %s', async (_, say, code) => {
    await using jupyter = await FakeJupyter.start()
    await using kernel = await connectKernel(jupyter)
    say(jupyter.kernel)
    await expect(untilError(kernel)).resolves.toMatchObject({ code })
  })

  test('next() throws KERNEL_DIED when another process answers after a reconnection', async () => {
    await using jupyter = await FakeJupyter.start()
    await using kernel = await connectKernel(jupyter)
    jupyter.kernel.lose('RST')
    jupyter.kernel.session = 'another-process'
    await until('the connection', () => jupyter.countOf('channels') === 2 || undefined)
    await until('the connection', () => jupyter.kernel.isConnected || undefined)
    const waiting = untilError(kernel)
    setTimeout(() => kernel.ask(), 50)
    expect(await waiting).toMatchObject({ code: 'KERNEL_DIED' })
  })

  test('next() accepts status messages that the server sends for the kernel', async () => {
    await using jupyter = await FakeJupyter.start()
    await using kernel = await connectKernel(jupyter)
    const session = String(jupyter.kernel.received[0]?.header['session'])
    sayStatus(jupyter.kernel, 'mine', session)
    const message = await untilState(kernel, 'mine')
    expect(kernel.isFromServer(message)).toBe(true)
  })

  test('next() continues when a kernel uses the session of the client', async () => {
    await using jupyter = await FakeJupyter.start()
    jupyter.onKernel = (kernel) => {
      kernel.echoesSession = true
    }
    await using kernel = await connectKernel(jupyter)
    sayStatus(jupyter.kernel, 'busy', 'a person')
    sayStatus(jupyter.kernel, 'idle', 'another person')
    await expect(untilState(kernel, 'idle', 'another person')).resolves.toBeDefined()
  })
})

describe('Kernel.end()', () => {
  test('end() deletes once when called several times', async () => {
    await using jupyter = await FakeJupyter.start()
    const kernel = await connectKernel(jupyter)
    await Promise.all([kernel.end(5_000, neverAborts), kernel.end(5_000, neverAborts)])
    await kernel[Symbol.asyncDispose]()
    expect(kernel).toMatchObject({ deleted: true, deletionError: null })
    expect(jupyter.countOf('delete')).toBe(1)
    expect(jupyter.kernel.isConnected).toBe(false)
  })

  test('end() counts a missing kernel as deleted', async () => {
    await using jupyter = await FakeJupyter.start()
    const kernel = await connectKernel(jupyter)
    jupyter.kernels.clear()
    await kernel.end(5_000, neverAborts)
    expect(kernel).toMatchObject({ deleted: true, deletionError: null })
  })

  test('end() tries again when the server answers 500 while a kernel is shutting down', async () => {
    await using jupyter = await FakeJupyter.start()
    const kernel = await connectKernel(jupyter)
    const trouble = { status: 500, body: { message: 'Unhandled error' } }
    jupyter.script('delete', trouble, trouble, trouble)
    await kernel.end(15_000, neverAborts)
    expect(kernel).toMatchObject({ deleted: true, deletionError: null })
  })

  test('find() tries again when the server answers 500 for a moment', async () => {
    await using jupyter = await FakeJupyter.start()
    jupyter.addKernel(id)
    jupyter.script('look', { status: 500, body: { message: 'Unhandled error' } })
    expect(await Kernel.find(serverOf(jupyter).kernels, id, neverAborts)).toMatchObject({
      id,
      name: 'python3',
    })
  })

  test('end() leaves a kernel that is to be kept', async () => {
    await using jupyter = await FakeJupyter.start()
    const kernel = await makeKernel(jupyter, true)
    await kernel.connect(neverAborts)
    await kernel.end(5_000, neverAborts)
    expect(kernel.deleted).toBeNull()
    expect(jupyter.calls).not.toContain('delete')
  })

  test('end() deletes a kernel that never answered, even with --keep-kernel', async () => {
    await using jupyter = await FakeJupyter.start()
    const kernel = await makeKernel(jupyter, true)
    await kernel.end(5_000, neverAborts)
    expect(kernel.deleted).toBe(true)
  })

  test('end() reports why a kernel was not deleted in time, and does not throw', async () => {
    await using jupyter = await FakeJupyter.start()
    const kernel = await connectKernel(jupyter)
    jupyter.always('delete', { silence: 'hang' })
    await kernel.end(200, neverAborts)
    expect(kernel).toMatchObject({ deleted: false, deletionError: { code: 'SERVER_UNREACHABLE' } })
    expect(kernel.deletionError?.message).toContain(
      `${kernel.id}: the server did not answer within 0.2 s`,
    )
  })

  test('end() stops waiting when its time limit is reached', async () => {
    await using jupyter = await FakeJupyter.start()
    const kernel = await connectKernel(jupyter)
    jupyter.always('delete', { silence: 'hang' })
    await kernel.end(60_000, AbortSignal.timeout(200))
    expect(kernel).toMatchObject({ deleted: false, deletionError: { code: 'SERVER_UNREACHABLE' } })
    expect(kernel.deletionError?.message).toMatch(/did not answer before the run had to end$/)
  })

  test('interrupt() sends a request to the server', async () => {
    await using jupyter = await FakeJupyter.start()
    await using kernel = await connectKernel(jupyter)
    await kernel.interrupt(neverAborts)
    expect(jupyter.requests.at(-1)?.path).toBe(`/api/kernels/${kernel.id}/interrupt`)
  })
})

function sayStatus(kernel: FakeKernel, execution_state: string, session = kernel.session): void {
  kernel.say({ type: 'status', content: { execution_state }, parent: {}, session })
}

async function untilState(kernel: Kernel, state: string, session?: string) {
  for (;;) {
    const message = await kernel.next(neverAborts)
    const isIt = message.type === 'status' && message.state === state
    if (isIt && (session === undefined || message.session === session)) return message
  }
}

async function untilError(kernel: Kernel): Promise<unknown> {
  try {
    for (;;) await kernel.next(AbortSignal.timeout(2_000))
  } catch (error) {
    return error
  }
}

function shutdown(kernel: FakeKernel): void {
  kernel.say({ type: 'shutdown_reply', content: {}, parent: {}, channel: 'iopub' })
}
