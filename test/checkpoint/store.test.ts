import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { FileFolder } from '../../src/checkpoint/file.ts'
import { GcsFolder } from '../../src/checkpoint/gcs.ts'
import { type CheckpointFolder, CheckpointStore } from '../../src/checkpoint/store.ts'
import { CloudStorage } from '../../src/google/cloud_storage.ts'
import { neverAborts } from '../support/observe.ts'
import { Opened } from '../support/opened.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'
import { StorageServer } from '../support/storage_server.ts'

const opened = new Opened()
let root: string
let storage: StorageServer
let count = 0

beforeAll(async () => {
  root = opened.use(await ScratchFolder.make('checkpoints')).path
  storage = opened.use(await StorageServer.start('runs'))
})
afterAll(() => opened[Symbol.asyncDispose]())

const kinds: readonly { readonly name: string; readonly create: () => CheckpointFolder }[] = [
  { name: 'a folder', create: () => new FileFolder(newPath()) },
  {
    name: 'a bucket',
    create: () => {
      const object = { bucket: 'runs', path: `checkpoints/run-${(count += 1)}` }
      return new GcsFolder(object, new CloudStorage(storage.url))
    },
  },
]

async function write(store: CheckpointStore, text: string, generation: number | null) {
  return await store.writeHead(text, generation, neverAborts)
}

function newPath(): string {
  count += 1
  return join(root, `run-${count}`)
}

describe.each(kinds)('CheckpointStore in $name', ({ create }) => {
  test('has no head before one was written, and then the last one', async () => {
    const store = new CheckpointStore(create())
    expect(await store.readHead(neverAborts)).toBeNull()
    const first = await write(store, 'first', null)
    const second = await write(store, 'second', first)
    expect(await store.readHead(neverAborts)).toEqual({ text: 'second', generation: second })
  })

  test('lets one of many writers replace a head', async () => {
    const store = new CheckpointStore(create())
    const first = await write(store, 'first', null)
    const writers = Array.from({ length: 20 }, (_, writer) => `writer ${writer}`)
    const written = await Promise.all(writers.map((writer) => write(store, writer, first)))
    const winners = writers.filter((_, place) => written[place] !== null)
    expect(winners).toHaveLength(1)
    expect(await store.readHead(neverAborts)).toMatchObject({ text: winners[0] })
  })

  test('refuses a writer whose head was replaced long ago, and keeps few heads', async () => {
    const folder = create()
    const store = new CheckpointStore(folder)
    const old = await write(store, 'old', null)
    let generation = old
    for (let head = 0; head < 5; head += 1) {
      generation = await write(store, `head ${head}`, generation)
    }
    expect(await write(store, 'late', old)).toBeNull()
    expect(await store.readHead(neverAborts)).toEqual({ text: 'head 4', generation })
    expect(await folder.list(neverAborts)).toHaveLength(2)
  })

  test('refuses a writer whose run has ended and was removed', async () => {
    const folder = create()
    const store = new CheckpointStore(folder)
    const first = (await write(store, 'first', null)) ?? 0
    const second = (await write(store, 'second', first)) ?? 0
    await store.remove(second, neverAborts)
    expect(await write(store, 'late', first)).toBeNull()
    expect(await write(store, 'late', second)).toBeNull()
    expect(await folder.list(neverAborts)).toEqual([])
  })

  test('removes a run only for the one that has written its head', async () => {
    const folder = create()
    const store = new CheckpointStore(folder)
    const first = (await write(store, 'first', null)) ?? 0
    await store.writePart('part', 'text', neverAborts)
    const second = (await write(store, 'second', first)) ?? 0
    await store.remove(first, neverAborts)
    expect(await store.readPart('part', neverAborts)).toBe('text')
    await store.remove(second, neverAborts)
    expect(await folder.list(neverAborts)).toEqual([])
    expect(await store.readPart('part', neverAborts)).toBeNull()
  })
})

test('a folder lets nobody but its owner read a run', async () => {
  const path = newPath()
  const store = new CheckpointStore(new FileFolder(path))
  await store.writeHead('first', null, neverAborts)
  await store.writePart('part', 'text', neverAborts)
  const paths = [path, join(path, 'head-1.json'), join(path, 'part.json')]
  const modes = await Promise.all(paths.map(async (each) => (await stat(each)).mode & 0o077))
  expect(modes).toEqual([0, 0, 0])
})
