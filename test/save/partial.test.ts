import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, jest, test } from '@jest/globals'
import { RunError } from '../../src/errors.ts'
import { tokenCredentials } from '../../src/jupyter/credentials.ts'
import { JupyterServer } from '../../src/jupyter/server.ts'
import { PartialSaves } from '../../src/save/partial.ts'
import { readDestination } from '../../src/save/read_destination.ts'
import { saveNotebook } from '../../src/save/save.ts'
import { never } from '../support/observe.ts'
import { StorageServer } from '../support/storage_server.ts'

/** Saves that last until a test ends them, or until they are stopped. */
function heldSaves({ everyMs = 40, patienceMs = 5_000, failing = false } = {}) {
  const started: object[] = []
  const warnings: string[] = []
  const ends: (() => void)[] = []
  const stops: string[] = []
  const failures = failing ? [new RunError('OUTPUT_NOT_SAVED', 'Cannot save "/a": it is full')] : []
  const partial = new PartialSaves({
    save: (content, signal) => {
      started.push(content)
      return new Promise((resolve) => {
        const end = () => resolve({ failures })
        ends.push(end)
        signal.addEventListener('abort', () => {
          stops.push(String(signal.reason?.message))
          end()
        })
      })
    },
    warn: (message) => warnings.push(message),
    everyMs,
    patienceMs,
  })
  const finish = async () => {
    ends.shift()?.()
    await pause(5)
  }
  return { partial, started, warnings, stops, finish }
}

async function becomesDue(partial: PartialSaves): Promise<void> {
  while (!partial.due()) await pause(5)
}

describe('PartialSaves', () => {
  test('save() does nothing before the first interval is over', () => {
    const { partial, started } = heldSaves({ everyMs: 60_000 })
    expect(partial.due()).toBe(false)
    partial.save({})
    expect(started).toEqual([])
  })

  test('save() starts one at a time, and the next an interval after the last one ended', async () => {
    const now = jest.spyOn(performance, 'now').mockReturnValue(0)
    try {
      const { partial, started, finish } = heldSaves({ everyMs: 40 })
      now.mockReturnValue(40)
      partial.save({ number: 1 })
      now.mockReturnValue(100)
      expect(partial.due()).toBe(false)
      partial.save({ number: 2 })
      await finish()
      now.mockReturnValue(139)
      expect(partial.due()).toBe(false)
      now.mockReturnValue(140)
      partial.save({ number: 3 })
      await finish()
      expect(started).toEqual([{ number: 1 }, { number: 3 }])
    } finally {
      now.mockRestore()
    }
  })

  test('warns of the first failure only, and goes on', async () => {
    const { partial, started, warnings, finish } = heldSaves({ failing: true })
    for (const number of [1, 2]) {
      await becomesDue(partial)
      partial.save({ number })
      await finish()
    }
    expect(started).toHaveLength(2)
    expect(warnings).toEqual(['Cannot save "/a": it is full; the run goes on, and tries again'])
  })

  test('takes a save that throws for one that failed', async () => {
    const warnings: string[] = []
    const partial = new PartialSaves({
      save: () => Promise.reject(new Error('broken')),
      warn: (text) => warnings.push(text),
      everyMs: 0,
    })
    partial.save({})
    await partial.end(never)
    expect(warnings).toEqual(['Cannot go on: broken; the run goes on, and tries again'])
  })

  test('end() waits for the save under way and lets no other start', async () => {
    const { partial, started, stops, finish } = heldSaves({ everyMs: 0 })
    partial.save({})
    let over = false
    const end = partial.end(never).then(() => (over = true))
    await pause(30)
    expect(over).toBe(false)
    await finish()
    await end
    partial.save({})
    expect(partial.due()).toBe(false)
    expect(started).toHaveLength(1)
    expect(stops).toEqual(['Cannot go on: the final save takes its place'])
  })

  test('end() stops the save under way when its patience is over, without a warning', async () => {
    const { partial, warnings, stops } = heldSaves({ everyMs: 0, patienceMs: 30, failing: true })
    partial.save({})
    const keepAlive = pause(5_000, null, { ref: true, signal: AbortSignal.timeout(2_000) })
    await Promise.race([partial.end(never), keepAlive])
    expect(stops).toEqual(['Cannot go on: the final save takes its place'])
    expect(warnings).toEqual([])
  })

  test('end() stops the save under way when the run has no more time', async () => {
    const { partial, stops } = heldSaves({ everyMs: 0 })
    partial.save({})
    await partial.end(AbortSignal.abort(new Error('out of time')))
    expect(stops).toHaveLength(1)
  })

  test('end() makes way for the final save when the storage hangs', async () => {
    await using storage = await StorageServer.start('results')
    process.env['STORAGE_EMULATOR_HOST'] = storage.url
    const places = [readDestination('gs://results/a.ipynb', 'function')]
    const server = new JupyterServer(new URL('http://127.0.0.1/'), tokenCredentials('none'))
    const save = (content: object, signal: AbortSignal) =>
      saveNotebook(content, places, { server, maskPage: (html) => html }, signal)
    const warnings: string[] = []
    const warn = (message: string) => warnings.push(message)
    const partial = new PartialSaves({ save, warn, everyMs: 0, patienceMs: 300 })
    storage.isSilent = true
    partial.save({ cells: [], number: 1 })
    await partial.end(never)
    storage.isSilent = false
    const { outputs } = await save({ cells: [], number: 2 }, never)
    delete process.env['STORAGE_EMULATOR_HOST']
    expect(outputs).toEqual(['gs://results/a.ipynb'])
    expect(storage.objects.get('results/a.ipynb')?.bytes.toString()).toContain('"number": 2')
    expect(warnings).toEqual([])
  })

  test('end() returns at once when nothing is under way', async () => {
    await expect(heldSaves().partial.end(never)).resolves.toBeUndefined()
  })
})
