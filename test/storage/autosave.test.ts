import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { RunError } from '../../src/errors.ts'
import { tokenCredentials } from '../../src/jupyter/credentials.ts'
import { JupyterServer } from '../../src/jupyter/server.ts'
import { PartialSaves, RunSaves } from '../../src/storage/autosave.ts'
import { parseDestination } from '../../src/storage/destinations.ts'
import { saveNotebook } from '../../src/storage/save.ts'
import { neverAborts } from '../support/observe.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'
import { StorageServer } from '../support/storage_server.ts'
import { until } from '../support/until.ts'

const server = new JupyterServer(new URL('http://127.0.0.1/'), tokenCredentials('none'))
const tools = {
  maskPage: (html: string) => html,
  hidesInput: false,
  everyMs: 30_000,
  protectedAddresses: [],
}
const times = { maxMs: 10_000, hurriedMs: 10_000 }
let folder: ScratchFolder
let storage: StorageServer
let asked = 0

beforeAll(async () => {
  folder = await ScratchFolder.make('run-saves')
  storage = await StorageServer.start('results')
})
afterAll(async () => {
  await storage[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

/** Saves of a notebook that counts how often it was asked for, which is once a save. */
function savesTo(...places: readonly string[]): RunSaves {
  asked = 0
  return new RunSaves({
    ...tools,
    server,
    destinations: places.map((place) =>
      parseDestination(place, { allowFiles: true, folder: '/', storageEmulator: storage.url }),
    ),
    content: () => ({ cells: [], version: (asked += 1) }),
    warn: (message) => expect(message).toBe('no warning'),
  })
}

describe('RunSaves finish()', () => {
  test('reports what was saved when another destination hangs until the limit', async () => {
    const file = `file:${folder.path}/told.ipynb`
    using saves = savesTo('gs://results/hangs.ipynb', file)
    storage.isSilent = true
    const { outputs, failures } = await saves.finish({ ...times, maxMs: 5_000 }, neverAborts)
    storage.isSilent = false
    expect(outputs).toEqual([file])
    expect(failures.map(({ code, message }) => [code, message])).toEqual([
      ['OUTPUT_NOT_SAVED', expect.stringContaining('Cannot save "gs://results/hangs.ipynb"')],
    ])
  })

  test('continues for a moment when the run is stopped while it saves', async () => {
    using saves = savesTo('gs://results/slow.ipynb')
    storage.fail(503) // it is tried again after a second
    const stopping = new AbortController()
    const saving = saves.finish(times, stopping.signal)
    await until('the first attempt', () => storage.answers.at(-1)?.endsWith('503') || undefined)
    stopping.abort(new RunError('CANCELLED', 'stopped'))
    expect(await saving).toMatchObject({ outputs: ['gs://results/slow.ipynb'], failures: [] })
  })

  test('saves within the remaining time when the run was stopped before', async () => {
    const stopped = AbortSignal.abort(new RunError('CANCELLED', 'stopped'))
    using saves = savesTo(`file:${folder.path}/stopped.ipynb`)
    expect(await saves.finish(times, stopped)).toMatchObject({ failures: [] })
    storage.isSilent = true
    using hanging = savesTo('gs://results/hangs.ipynb')
    const { failures } = await hanging.finish({ ...times, hurriedMs: 300 }, stopped)
    storage.isSilent = false
    expect(failures).toHaveLength(1)
  })
})

test('RunSaves finish() never writes over the source when the page of it cannot be made', async () => {
  const source = join(folder.path, 'source.ipynb')
  await writeFile(source, 'the source')
  using saves = new RunSaves({
    ...tools,
    server, // nothing listens there
    protectedAddresses: [`file:${source}`],
    destinations: [
      parseDestination(`file:${folder.path}/source.html`, { allowFiles: true, folder: '/' }),
    ],
    content: () => ({ cells: [] }),
    warn: (message) => expect(message).toBe('no warning'),
  })
  const { outputs } = await saves.finish(times, neverAborts)
  expect(outputs).toEqual([`file:${folder.path}/source.executed.ipynb`])
  expect(await readFile(source, 'utf8')).toBe('the source')
})

describe('RunSaves while the run goes on', () => {
  afterEach(() => void jest.useRealTimers())

  test('saves the notebook every 30 s, but no page', async () => {
    const doNotFake = ['setTimeout', 'clearTimeout', 'setImmediate', 'nextTick', 'Date'] as const
    jest.useFakeTimers({ doNotFake: [...doNotFake, 'queueMicrotask', 'hrtime'] })
    const place = join(folder.path, 'partial')
    const file = join(place, 'a.ipynb')
    await mkdir(place)
    using _ = savesTo(`file:${file}`, `file:${place}/a.html`)
    const stored = async () => {
      await until('a save', async () => (await readdir(place)).includes('a.ipynb') || undefined)
      const text = await readFile(file, 'utf8')
      await rm(file)
      return text
    }
    for (const version of [1, 2]) {
      jest.advanceTimersByTime(29_000)
      expect(asked).toBe(version - 1)
      jest.advanceTimersByTime(2_000)
      expect(asked).toBe(version)
      expect(await stored()).toContain(`"version": ${version}`)
    }
    expect(await readdir(place)).toEqual([])
  })
})

/** Saves that last until a test ends them, or until they are stopped. */
function heldSaves({ everyMs = 40, maxWaitMs = 5_000, failing = false } = {}) {
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
    maxWaitMs,
  })
  const finish = async () => {
    ends.shift()?.()
    await pause(5)
  }
  return { partial, started, warnings, stops, finish }
}

async function becomesDue(partial: PartialSaves): Promise<void> {
  while (!partial.isDue()) await pause(5)
}

describe('PartialSaves', () => {
  test('save() does nothing before the first interval is over', () => {
    const { partial, started } = heldSaves({ everyMs: 60_000 })
    expect(partial.isDue()).toBe(false)
    partial.save({})
    expect(started).toEqual([])
  })

  test('save() starts one save at a time, and the next one an interval after the last has ended', async () => {
    const now = jest.spyOn(performance, 'now').mockReturnValue(0)
    try {
      const { partial, started, finish } = heldSaves({ everyMs: 40 })
      now.mockReturnValue(40)
      partial.save({ number: 1 })
      now.mockReturnValue(100)
      expect(partial.isDue()).toBe(false)
      partial.save({ number: 2 })
      await finish()
      now.mockReturnValue(139)
      expect(partial.isDue()).toBe(false)
      now.mockReturnValue(140)
      partial.save({ number: 3 })
      await finish()
      expect(started).toEqual([{ number: 1 }, { number: 3 }])
    } finally {
      now.mockRestore()
    }
  })

  test('warns of the first failure only, and continues', async () => {
    const { partial, started, warnings, finish } = heldSaves({ failing: true })
    for (const number of [1, 2]) {
      await becomesDue(partial)
      partial.save({ number })
      await finish()
    }
    expect(started).toHaveLength(2)
    expect(warnings).toEqual(['Cannot save "/a": it is full; the run goes on, and tries again'])
  })

  test('treats a save that throws as failed', async () => {
    const warnings: string[] = []
    const partial = new PartialSaves({
      save: () => Promise.reject(new Error('broken')),
      warn: (text) => warnings.push(text),
      everyMs: 0,
    })
    partial.save({})
    await partial.end(neverAborts)
    expect(warnings).toEqual(['Cannot go on: broken; the run goes on, and tries again'])
  })

  test('end() waits for the current save and starts no other', async () => {
    const { partial, started, stops, finish } = heldSaves({ everyMs: 0 })
    partial.save({})
    let over = false
    const end = partial.end(neverAborts).then(() => (over = true))
    await pause(30)
    expect(over).toBe(false)
    await finish()
    await end
    partial.save({})
    expect(partial.isDue()).toBe(false)
    expect(started).toHaveLength(1)
    expect(stops).toEqual(['Cannot go on: the final save takes its place'])
  })

  test('end() aborts the current save after its time limit, without a warning', async () => {
    const { partial, warnings, stops } = heldSaves({ everyMs: 0, maxWaitMs: 30, failing: true })
    partial.save({})
    const keepAlive = pause(5_000, null, { ref: true, signal: AbortSignal.timeout(2_000) })
    await Promise.race([partial.end(neverAborts), keepAlive])
    expect(stops).toEqual(['Cannot go on: the final save takes its place'])
    expect(warnings).toEqual([])
  })

  test('end() aborts the current save when the run is out of time', async () => {
    const { partial, stops } = heldSaves({ everyMs: 0 })
    partial.save({})
    await partial.end(AbortSignal.abort(new Error('out of time')))
    expect(stops).toHaveLength(1)
  })

  test('end() aborts a hanging save so that the final one can start', async () => {
    await using place = await StorageServer.start('results')
    const context = { allowFiles: false, folder: '/', storageEmulator: place.url }
    const places = [parseDestination('gs://results/a.ipynb', context)]
    const client = new JupyterServer(new URL('http://127.0.0.1/'), tokenCredentials('none'))
    const save = (content: object, signal: AbortSignal) =>
      saveNotebook(content, places, { ...tools, server: client }, signal)
    const warnings: string[] = []
    const warn = (message: string) => warnings.push(message)
    const partial = new PartialSaves({ save, warn, everyMs: 0, maxWaitMs: 300 })
    place.isSilent = true
    partial.save({ cells: [], number: 1 })
    await partial.end(neverAborts)
    place.isSilent = false
    const { outputs } = await save({ cells: [], number: 2 }, neverAborts)
    expect(outputs).toEqual(['gs://results/a.ipynb'])
    expect(place.objects.get('results/a.ipynb')?.bytes.toString()).toContain('"number": 2')
    expect(warnings).toEqual([])
  })

  test('end() returns at once without a current save', async () => {
    const { partial, started, stops } = heldSaves()
    await partial.end(neverAborts)
    expect({ started, stops }).toEqual({ started: [], stops: [] })
  })
})
