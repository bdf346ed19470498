import { randomBytes } from 'node:crypto'
import { afterEach, describe, expect, test } from '@jest/globals'
import { CloudStorage, type GcsObject } from '../../src/google/cloud_storage.ts'
import { saveToGcs } from '../../src/storage/gcs.ts'
import { type Document, notebookDocument } from '../../src/storage/serialise.ts'
import { neverAborts } from '../support/observe.ts'
import { freePort } from '../support/port.ts'
import { rejectionOf } from '../support/rejection.ts'
import { StorageServer } from '../support/storage_server.ts'
import { until } from '../support/until.ts'
import { executedNotebook } from './executed.ts'

const environment = { ...process.env }
const notebook = notebookDocument(executedNotebook())
const place: GcsObject = { bucket: 'results', path: 'a b/größe #1.ipynb' }
const key = 'results/a b/größe #1.ipynb'

let emulator: string | null = null

async function startStorage(): Promise<StorageServer> {
  const storage = await StorageServer.start('results')
  emulator = storage.url
  return storage
}

async function save(document: Document, signal = neverAborts, object = place): Promise<void> {
  await saveToGcs(object, { document, storage: new CloudStorage(emulator) }, signal)
}

afterEach(() => {
  for (const name of Object.keys(process.env)) {
    if (!(name in environment)) delete process.env[name]
  }
  Object.assign(process.env, environment)
})

describe('saveToGcs()', () => {
  test('writes a small notebook in one request, with its type', async () => {
    await using storage = await startStorage()
    await save(notebook)
    expect(storage.answers).toEqual(['multipart 200'])
    expect([...storage.objects.keys()]).toEqual([key])
    expect(storage.objects.get(key)?.contentType).toBe('application/x-ipynb+json')
    expect(storage.objects.get(key)?.bytes.equals(notebook.bytes)).toBe(true)
  })

  test('writes a large notebook in one request, too', async () => {
    await using storage = await startStorage()
    const large: Document = { ...notebook, bytes: randomBytes(9 * 2 ** 20) }
    await save(large)
    expect(storage.answers).toEqual(['multipart 200'])
    expect(storage.objects.get(key)?.contentType).toBe('application/x-ipynb+json')
    expect(storage.objects.get(key)?.bytes.equals(large.bytes)).toBe(true)
  })

  test('overwrites an existing object, even right after the last write', async () => {
    await using storage = await startStorage()
    await save({ ...notebook, bytes: Buffer.from('old') })
    await save(notebook)
    expect(storage.answers.slice(0, 2)).toEqual(['multipart 200', 'multipart 429'])
    expect(storage.answers.at(-1)).toBe('multipart 200')
    expect(storage.objects.get(key)?.bytes.equals(notebook.bytes)).toBe(true)
  })

  test('tries again when the storage fails temporarily', async () => {
    await using storage = await startStorage()
    storage.fail(503)
    await save(notebook)
    expect(storage.answers).toEqual(['multipart 503', 'multipart 200'])
  })

  test.each([
    [
      403,
      'refuses the write (403); the caller needs the role storage.objectUser on the bucket "results"',
    ],
    [401, 'refuses the write (401)'],
    [404, 'there is no bucket "results" (404); make it or name another one'],
    [412, 'Cloud Storage fails with 412: refused with 412'],
  ])('explains a %d at once', async (status, reason) => {
    await using storage = await startStorage()
    storage.fail(status)
    const { code, message } = await rejectionOf(save(notebook))
    expect(code).toBe('OUTPUT_NOT_SAVED')
    expect(message).toContain('Cannot save "gs://results/a b/größe #1.ipynb": ')
    expect(message).toContain(reason)
    expect(message).not.toMatch(/\.$/)
    expect(storage.answers).toEqual([`multipart ${status}`])
  })

  test('explains that a bucket does not exist', async () => {
    await using storage = await startStorage()
    const { message } = await rejectionOf(
      save(notebook, neverAborts, { ...place, bucket: 'other' }),
    )
    expect(message).toContain('there is no bucket "other" (404)')
    expect(storage.objects.size).toBe(0)
  })

  test.each([
    { name: 'no credentials', keyFile: undefined },
    { name: 'a key file that is not there', keyFile: '/nowhere/key.json' },
  ])('explains that there are $name', async ({ keyFile }) => {
    process.env['METADATA_SERVER_DETECTION'] = 'none'
    process.env['HOME'] = '/nowhere'
    process.env['CLOUDSDK_CONFIG'] = '/nowhere'
    emulator = null
    delete process.env['GOOGLE_APPLICATION_CREDENTIALS']
    if (keyFile !== undefined) process.env['GOOGLE_APPLICATION_CREDENTIALS'] = keyFile
    const { code, message } = await rejectionOf(save(notebook))
    expect(code).toBe('OUTPUT_NOT_SAVED')
    expect(message).toContain('there are no Google Cloud credentials that work; run "gcloud auth')
  })

  test('throws at once when its signal aborts', async () => {
    await using storage = await startStorage()
    storage.isSilent = true
    const stopping = new AbortController()
    const saving = rejectionOf(save(notebook, stopping.signal))
    setTimeout(() => stopping.abort(new Error('stopped')), 300)
    expect((await saving).message).toBe('stopped')
    expect(storage.objects.size).toBe(0)
  })

  test('throws at once when its signal aborts between two attempts', async () => {
    await using storage = await startStorage()
    storage.fail(...Array.from({ length: 9 }, () => 503))
    const stopping = new AbortController()
    const saving = rejectionOf(save(notebook, stopping.signal))
    await until('the first refusal', () => storage.answers[0])
    stopping.abort(new Error('stopped'))
    expect((await saving).message).toBe('stopped')
    expect(storage.answers).toEqual(['multipart 503'])
  })

  test('explains that nothing answers', async () => {
    emulator = `127.0.0.1:${await freePort()}`
    const { message } = await rejectionOf(save(notebook))
    expect(message).toContain('Cloud Storage fails with ECONNREFUSED')
  })
})
