import { describe, expect, test } from '@jest/globals'
import { parseSource } from '../../src/sources/sources.ts'
import { type SourcedNotebook, unreadSources } from '../../src/sources/source.ts'
import { noServer } from '../support/no_server.ts'
import { notebookOf } from '../support/notebook_file.ts'
import { neverAborts } from '../support/observe.ts'
import { rejectionOf } from '../support/rejection.ts'
import { StorageServer } from '../support/storage_server.ts'

const key = 'reports/a b/größe #1.ipynb'

const text = (source: string) => JSON.stringify(notebookOf([source]))
const sourceOf = ({ notebook }: SourcedNotebook) => notebook.cells[0]?.source

async function read(
  storage: StorageServer,
  address: string,
  signal = neverAborts,
): Promise<SourcedNotebook> {
  const source = parseSource(address, { ...unreadSources, storageEmulator: storage.url })
  return await source.read(noServer, signal)
}

describe('a notebook in Cloud Storage', () => {
  test('is read in its newest generation, or in the one that is named', async () => {
    await using storage = await StorageServer.start('reports')
    const first = storage.put(key, text('first'))
    const second = storage.put(key, text('second'))
    const newest = await read(storage, `gs://${key}`)
    expect(sourceOf(newest)).toBe('second')
    expect(newest.source).toMatchObject({ url: `gs://${key}`, version: second })
    const old = await read(storage, `gs://${key}#${first}`)
    expect(sourceOf(old)).toBe('first')
    expect(old.source?.url).toBe(`gs://${key}#${first}`)
    expect(storage.answers).toEqual(['get 200', 'get 200'])
  })

  test('is read again when the storage fails for a moment', async () => {
    await using storage = await StorageServer.start('reports')
    storage.put(key, text('1'))
    storage.fail(503)
    expect(sourceOf(await read(storage, `gs://${key}`))).toBe('1')
  })

  test.each([
    { name: 'object', address: 'gs://reports/nowhere.ipynb' },
    { name: 'bucket', address: 'gs://elsewhere/x.ipynb' },
    { name: 'generation', address: `gs://${key}#17` },
  ])('that has no such $name is NOTEBOOK_NOT_FOUND', async ({ address }) => {
    await using storage = await StorageServer.start('reports')
    storage.put(key, text('1'))
    const rejection = await rejectionOf(read(storage, address))
    const message = `Cannot read the notebook "${address}": there is no such object, bucket or generation (404); check the address`
    expect(rejection).toMatchObject({ code: 'NOTEBOOK_NOT_FOUND', message })
  })

  test('that may not be read is SOURCE_REFUSED, with the role that is missing', async () => {
    await using storage = await StorageServer.start('reports')
    storage.fail(403)
    const { code, message } = await rejectionOf(read(storage, `gs://${key}`))
    expect(code).toBe('SOURCE_REFUSED')
    expect(message).toContain(
      'refuses the read (403); the caller needs the role storage.objectViewer',
    )
  })

  test('that is too large is NOTEBOOK_INVALID', async () => {
    await using storage = await StorageServer.start('reports')
    storage.put(key, 'x'.repeat(33 * 2 ** 20))
    const { code, message } = await rejectionOf(read(storage, `gs://${key}`))
    expect(code).toBe('NOTEBOOK_INVALID')
    expect(message).toContain('it is larger than 32 MiB')
  })

  test('is not waited for when the run is stopped', async () => {
    await using storage = await StorageServer.start('reports')
    storage.isSilent = true
    const reason = new Error('stopped')
    const stop = new AbortController()
    setTimeout(() => stop.abort(reason), 100)
    await expect(read(storage, `gs://${key}`, stop.signal)).rejects.toBe(reason)
  })
})
