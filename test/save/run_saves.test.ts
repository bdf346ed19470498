import { mkdir, readFile, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { RunError } from '../../src/errors.ts'
import { tokenCredentials } from '../../src/jupyter/credentials.ts'
import { JupyterServer } from '../../src/jupyter/server.ts'
import { readDestination } from '../../src/save/read_destination.ts'
import { RunSaves } from '../../src/save/run_saves.ts'
import { never } from '../support/observe.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'
import { StorageServer } from '../support/storage_server.ts'
import { until } from '../support/until.ts'

const server = new JupyterServer(new URL('http://127.0.0.1/'), tokenCredentials('none'))
const times = { mostMs: 10_000, hurriedMs: 10_000 }
let folder: ScratchFolder
let storage: StorageServer
let asked = 0

beforeAll(async () => {
  folder = await ScratchFolder.make('run-saves')
  await import('@google-cloud/storage') // which takes a slow machine longer than a test's limit
  storage = await StorageServer.start('results')
  process.env['STORAGE_EMULATOR_HOST'] = storage.url
})
afterAll(async () => {
  delete process.env['STORAGE_EMULATOR_HOST']
  await storage[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

/** Saves of a notebook that counts how often it was asked for, which is once a save. */
function savesTo(...places: readonly string[]): RunSaves {
  asked = 0
  return new RunSaves({
    server,
    maskPage: (html) => html,
    destinations: places.map((place) => readDestination(place, 'command')),
    content: () => ({ cells: [], version: (asked += 1) }),
    warn: (message) => expect(message).toBe('no warning'),
  })
}

describe('RunSaves finish()', () => {
  test('tells what was stored when another place hangs until the time is up', async () => {
    const file = `file:${folder.path}/told.ipynb`
    using saves = savesTo('gs://results/hangs.ipynb', file)
    storage.isSilent = true
    const { outputs, failures } = await saves.finish({ ...times, mostMs: 1_000 }, never)
    storage.isSilent = false
    expect(outputs).toEqual([file])
    expect(failures.map(({ code, message }) => [code, message])).toEqual([
      ['OUTPUT_NOT_SAVED', expect.stringContaining('Cannot save "gs://results/hangs.ipynb"')],
    ])
  })

  test('goes on for a moment when the run is stopped while it saves', async () => {
    using saves = savesTo('gs://results/slow.ipynb')
    storage.fail(503) // it is tried again after a second
    const stopping = new AbortController()
    const saving = saves.finish(times, stopping.signal)
    await until('the first attempt', () => storage.answers.at(-1)?.endsWith('503') || undefined)
    stopping.abort(new RunError('CANCELLED', 'stopped'))
    expect(await saving).toMatchObject({ outputs: ['gs://results/slow.ipynb'], failures: [] })
  })

  test('saves in what is left when the run was stopped before, and no longer', async () => {
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

describe('RunSaves while the run goes on', () => {
  afterEach(() => void jest.useRealTimers())

  test('stores the notebook every 30 s, and no page', async () => {
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
