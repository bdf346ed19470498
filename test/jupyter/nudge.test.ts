import { EventEmitter, once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { RunError } from '../../src/errors.ts'
import { Kernel } from '../../src/jupyter/kernel.ts'
import { FakeJupyter } from '../support/fake_jupyter.ts'
import { never } from '../support/observe.ts'
import { makeKernel, serverOf } from '../support/open_channel.ts'
import { until } from '../support/until.ts'

const longerThanPatience = 300

/** A server that lets nothing of its kernels through before it is told to. */
async function silentJupyter() {
  const jupyter = await FakeJupyter.start()
  const speaking = new EventEmitter()
  const answersInfo = once(speaking, 'speak').then(() => true)
  jupyter.onKernel = (kernel) => {
    kernel.answersInfo = answersInfo
  }
  return { jupyter, speak: () => speaking.emit('speak') }
}

function connections(jupyter: FakeJupyter, count: number): Promise<true> {
  return until(`${count} connections`, () => jupyter.countOf('channels') === count || undefined)
}

function sessionsOf(jupyter: FakeJupyter): readonly (string | null)[] {
  const handshakes = jupyter.requests.filter(({ route }) => route === 'channels')
  return handshakes.map(({ path }) => new URL(path, jupyter.url).searchParams.get('session_id'))
}

describe('a new kernel that is not heard', () => {
  test('is connected to a second time, until something comes through', async () => {
    const { jupyter, speak } = await silentJupyter()
    await using _ = jupyter
    await using kernel = await makeKernel(jupyter)
    const connecting = kernel.connect(never)
    await connections(jupyter, 2)
    await until('both questions', () => jupyter.kernel.received.length === 2 || undefined)
    expect(new Set(sessionsOf(jupyter)).size).toBe(2)
    speak()
    await connecting
    await until('the end', () => jupyter.kernel.connectionCount === 1 || undefined)
    expect(kernel.implementation).toBe('ipython')
    kernel.execute('1', { stopOnError: true })
    await until('the cell', () => jupyter.kernel.received.length === 3 || undefined)
    await delay(longerThanPatience)
    expect(jupyter.countOf('channels')).toBe(2)
  })

  test('needs no second connection', async () => {
    const { jupyter, speak } = await silentJupyter()
    await using _ = jupyter
    await using kernel = await makeKernel(jupyter)
    const connecting = kernel.connect(never)
    await connections(jupyter, 1)
    jupyter.always('channels', { status: 500 })
    await connections(jupyter, 2)
    speak()
    await connecting
    expect(jupyter.kernel.connectionCount).toBe(1)
  })

  test('is deleted only when the server has let go of the second connection', async () => {
    const { jupyter, speak } = await silentJupyter()
    await using _ = jupyter
    const kernel = await makeKernel(jupyter)
    const connecting = kernel.connect(never)
    await connections(jupyter, 2)
    await until('both questions', () => jupyter.kernel.received.length === 2 || undefined)
    const { socket } = jupyter.kernel.connection
    socket.pause() // the server does not look at it yet
    speak()
    await connecting
    const ending = kernel.end(5_000, never)
    await until('the first to close', () => jupyter.kernel.connectionCount === 1 || undefined)
    await delay(100)
    expect(jupyter.countOf('delete')).toBe(0)
    socket.resume()
    await ending
    expect(jupyter.countOf('delete')).toBe(1)
    expect(kernel.deleted).toBe(true)
  })

  test('has no connection left when it is ended', async () => {
    const { jupyter } = await silentJupyter()
    await using _ = jupyter
    const kernel = await makeKernel(jupyter)
    const stop = new AbortController()
    const connecting = kernel.connect(stop.signal)
    const failing = expect(connecting).rejects.toThrow('stopped')
    await until('two connections', () => jupyter.kernel.connectionCount === 2 || undefined)
    stop.abort(new RunError('CANCELLED', 'stopped'))
    await failing
    await kernel.end(5_000, never)
    await until('no connection', () => jupyter.openStreams === 0 || undefined)
    expect(kernel.deleted).toBe(true)
  })
})

describe('one connection is enough', () => {
  test('for a kernel that answers at once', async () => {
    await using jupyter = await FakeJupyter.start()
    await using kernel = await makeKernel(jupyter)
    await kernel.connect(never)
    await delay(longerThanPatience)
    expect(jupyter.countOf('channels')).toBe(1)
  })

  test('for a kernel that was there before: it may be busy', async () => {
    const { jupyter, speak } = await silentJupyter()
    await using _ = jupyter
    const { id } = jupyter.addKernel('0b5a5f27-1111-4222-8333-944455556666')
    await using kernel = await Kernel.find(serverOf(jupyter), id, never)
    const connecting = kernel.connect(never)
    await delay(longerThanPatience)
    speak()
    await connecting
    expect(jupyter.countOf('channels')).toBe(1)
  })
})
