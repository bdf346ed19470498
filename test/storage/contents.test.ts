import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { tokenCredentials } from '../../src/jupyter/credentials.ts'
import { JupyterServer } from '../../src/jupyter/server.ts'
import { saveToContents } from '../../src/storage/contents.ts'
import { notebookDocument, pageDocument } from '../../src/storage/serialise.ts'
import { describeWith } from '../support/describe_with.ts'
import { type Fault, FaultProxy } from '../support/fault_proxy.ts'
import { JupyterServer as LiveServer } from '../support/jupyter_server.ts'
import { validateNotebook } from '../support/nbformat.ts'
import { neverAborts } from '../support/observe.ts'
import { freePort } from '../support/port.ts'
import { rejectionOf } from '../support/rejection.ts'
import { executedNotebook } from './executed.ts'

/** More than 45 MB: three parts. */
const largeText = `${'größe 日本'.repeat(100)}\n`.repeat(36_000)
const largeDocument = notebookDocument(executedNotebook(largeText))

function clientOf({ url }: { readonly url: string }, token: string): JupyterServer {
  return new JupyterServer(new URL(`${url}/`), tokenCredentials(token))
}

function saves(kind: 'current' | 'debian'): void {
  let live: LiveServer
  let server: JupyterServer
  const document = notebookDocument(executedNotebook())

  beforeAll(async () => {
    live = await LiveServer.start({ kind, baseUrl: '/user/ann' })
    server = clientOf(live, live.token)
  })
  afterAll(async () => await live[Symbol.asyncDispose]())

  test('creates the folders, and nbformat finds the notebook valid', async () => {
    const path = '/out of/größe 日本/100% #1?.ipynb'
    await saveToContents(path, { document, server }, neverAborts)
    await validateNotebook(join(live.root, path))
    const { content } = await server.contents.notebook(path, neverAborts)
    expect(content).toMatchObject(executedNotebook())
  })

  test('overwrites an existing file and leaves no other files', async () => {
    const path = '/twice/a.ipynb'
    const old = notebookDocument(executedNotebook('old '.repeat(1_000)))
    await saveToContents(path, { document: old, server }, neverAborts)
    await saveToContents(path, { document, server }, neverAborts)
    const { content } = await server.contents.notebook(path, neverAborts)
    expect(content).toMatchObject(executedNotebook())
    const files = await readdir(join(live.root, 'twice'))
    expect(files.filter((file) => file !== '.ipynb_checkpoints')).toEqual(['a.ipynb'])
  })

  test('saves a page unchanged', async () => {
    const path = '/pages/a.html'
    await saveToContents(path, { document: pageDocument('<p>größe</p>\n'), server }, neverAborts)
    expect(await readFile(join(live.root, '/pages/a.html'), 'utf8')).toBe('<p>größe</p>\n')
  })

  test('sends a page in base64 when its JSON is too large for one request, twice', async () => {
    const path = '/pages/large.html'
    const html = '"\\\n'.repeat(6 * 2 ** 20)
    await saveToContents(path, { document: pageDocument(`${html}more`), server }, neverAborts)
    await saveToContents(path, { document: pageDocument(html), server }, neverAborts)
    expect((await readFile(join(live.root, path), 'utf8')) === html).toBe(true)
  })

  test('sends a notebook of 40 MB in parts, over another one, and it opens as a notebook', async () => {
    const path = '/large/a.ipynb'
    expect(largeDocument.bytes.length).toBeGreaterThan(40 * 2 ** 20)
    await saveToContents(path, { document, server }, neverAborts)
    await saveToContents(path, { document: largeDocument, server }, neverAborts)
    expect((await readFile(join(live.root, path))).equals(largeDocument.bytes)).toBe(true)
    await validateNotebook(join(live.root, path))
    const { content, cells } = await server.contents.notebook(path, neverAborts)
    expect(cells.map(({ id }) => id)).toEqual(['code', 'words', 'empty'])
    const same = JSON.stringify(content['cells']).includes(JSON.stringify(largeText))
    expect(same).toBe(true)
  })

  test('explains that a folder is a file', async () => {
    await writeFile(join(live.root, 'file'), 'kept')
    const { code, message } = await rejectionOf(
      saveToContents('/file/a.ipynb', { document, server }, neverAborts),
    )
    expect(code).toBe('OUTPUT_NOT_SAVED')
    expect(message).toMatch(/^Cannot find the folder "\/file": the Jupyter Server refuses \(400/)
    expect(message).not.toContain(live.token)
    expect(await readFile(join(live.root, 'file'), 'utf8')).toBe('kept')
  })

  test('explains that a folder has this name', async () => {
    await mkdir(join(live.root, 'folder.ipynb'))
    const { code, message } = await rejectionOf(
      saveToContents('/folder.ipynb', { document, server }, neverAborts),
    )
    expect(code).toMatch(/^(OUTPUT_NOT_SAVED|SERVER_UNREACHABLE)$/)
    expect(message).toMatch(/^Cannot save "\/folder.ipynb": .*(400|500): Unexpected error/)
  })

  test('shows no token when the server refuses it', async () => {
    const wrong = 'wrong-token-3141592'
    const stranger = clientOf(live, wrong)
    const { message } = await rejectionOf(
      saveToContents('/a.ipynb', { document, server: stranger }, neverAborts),
    )
    expect(message).toMatch(/^Cannot save "\/a.ipynb": .* gives this token no access there \(403/)
    expect(message).not.toContain(wrong)
    await expect(readFile(join(live.root, 'a.ipynb'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('saves nothing when its signal has aborted', async () => {
    const stopped = AbortSignal.abort(new Error('stopped'))
    const saving = saveToContents('/stopped.ipynb', { document, server }, stopped)
    await expect(saving).rejects.toThrow('stopped')
    await expect(readFile(join(live.root, 'stopped.ipynb'))).rejects.toMatchObject({
      code: 'ENOENT',
    })
  })
}

describe('saveToContents() on the current Jupyter Server', () => saves('current'))
describeWith('debian-jupyter', "saveToContents() on Debian's Jupyter Server", () => saves('debian'))

test('saveToContents() starts again with the first part when a later one is lost', async () => {
  await using live = await LiveServer.start()
  await using proxy = await FaultProxy.start(live.host)
  const faults: Fault[] = ['pass', 'cut', 'pass', { status: 503 }]
  proxy.rule = (line) => (line.startsWith('PUT') ? (faults.shift() ?? 'pass') : 'pass')
  const server = clientOf({ url: `http://${proxy.host}` }, live.token)
  await saveToContents('/a.ipynb', { document: largeDocument, server }, neverAborts)
  expect(proxy.requests).toHaveLength(2 + 2 + 3)
  const saved = await readFile(join(live.root, 'a.ipynb'))
  expect(saved.equals(largeDocument.bytes)).toBe(true)
})

test('saveToContents() detects a server without support for chunks', async () => {
  const manager = 'jupyter_server.services.contents.filemanager.AsyncFileContentsManager'
  const args = [`--ServerApp.contents_manager_class=${manager}`]
  await using live = await LiveServer.start({ args })
  const server = clientOf(live, live.token)
  const { code, message } = await rejectionOf(
    saveToContents('/a.ipynb', { document: largeDocument, server }, neverAborts),
  )
  expect(code).toBe('OUTPUT_NOT_SAVED')
  expect(message).toMatch(/the Jupyter Server kept \d+ of its \d+ bytes, as contents managers do/)
})

test('saveToContents() reports that the server is gone', async () => {
  const server = clientOf({ url: `http://127.0.0.1:${await freePort()}` }, 'token')
  const document = notebookDocument(executedNotebook())
  const { code, message } = await rejectionOf(
    saveToContents('/a.ipynb', { document, server }, neverAborts),
  )
  expect(code).toBe('SERVER_UNREACHABLE')
  expect(message).toMatch(/^Cannot save "\/a.ipynb": 127.0.0.1:\d+ cannot be reached/)
})
