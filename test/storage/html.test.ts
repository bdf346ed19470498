import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { tokenCredentials } from '../../src/jupyter/credentials.ts'
import { JupyterServer } from '../../src/jupyter/server.ts'
import { renderPage } from '../../src/storage/html.ts'
import { describeWith } from '../support/describe_with.ts'
import { JupyterServer as LiveServer } from '../support/jupyter_server.ts'
import { neverAborts } from '../support/observe.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'
import { executedNotebook } from './executed.ts'

const notebook = { name: 'my größe.ipynb', content: executedNotebook() }

function clientOf(live: LiveServer, token = live.token): JupyterServer {
  return new JupyterServer(new URL(`${live.url}/`), tokenCredentials(token))
}

const maskPage = (html: string) => html.replaceAll('bold', 'masked')

function toolsOf(server: JupyterServer) {
  return { server, maskPage, hidesInput: false }
}

async function rendersPage(live: LiveServer): Promise<void> {
  const { page, error } = await renderPage(notebook, toolsOf(clientOf(live)), neverAborts)
  expect(error).toBeNull()
  const html = Buffer.from(page?.bytes ?? []).toString()
  expect(html).toMatch(/^<!DOCTYPE html>/i)
  expect(html).toContain('<title>my größe</title>')
  expect(html).toContain('second größe 日本')
  expect(html).toContain('<b>masked</b>')
  expect(html).not.toContain(live.token)
  expect(page?.model).toEqual({ type: 'file', format: 'text', content: html })
  expect(page?.mediaType).toBe('text/html; charset=utf-8')
}

describe('renderPage()', () => {
  let live: LiveServer

  beforeAll(async () => {
    live = await LiveServer.start({ baseUrl: '/user/ann' })
  })
  afterAll(async () => await live[Symbol.asyncDispose]())

  test("returns the page of the server's nbconvert", async () => {
    await rendersPage(live)
  })

  test('returns the reason when the server has no nbconvert at this address', async () => {
    const server = new JupyterServer(new URL('/', live.url), tokenCredentials(live.token))
    const { page, error } = await renderPage(notebook, toolsOf(server), neverAborts)
    expect(page).toBeNull()
    expect(error?.message).toContain('the Jupyter Server has no nbconvert (404)')
    expect(error?.message).not.toContain(live.token)
  })

  test('returns the reason when the token is refused, without the token', async () => {
    const { page, error } = await renderPage(
      notebook,
      toolsOf(clientOf(live, 'wrong-314159')),
      neverAborts,
    )
    expect(page).toBeNull()
    expect(error?.message).toContain('(403)')
    expect(error?.message).not.toContain('wrong-314159')
  })

  test('throws when its signal aborts', async () => {
    const stopping = new AbortController()
    const rendering = renderPage(notebook, toolsOf(clientOf(live)), stopping.signal)
    stopping.abort(new Error('stopped'))
    await expect(rendering).rejects.toThrow('stopped')
  })
})

test('renderPage() returns the reason when nbconvert cannot be imported', async () => {
  await using folder = await ScratchFolder.make('nbconvert')
  await mkdir(join(folder.path, 'nbconvert'))
  await writeFile(join(folder.path, 'nbconvert/__init__.py'), 'raise ImportError("not here")\n')
  await using live = await LiveServer.start({ env: { PYTHONPATH: folder.path } })
  const { page, error } = await renderPage(notebook, toolsOf(clientOf(live)), neverAborts)
  expect(page).toBeNull()
  expect(error?.message).toMatch(/^Cannot render the notebook as a page: .*nbconvert fails \(500\)/)
  expect(error?.message).toContain('install nbconvert beside the Jupyter Server')
  expect(error?.message).not.toContain(live.token)
})

describeWith('debian-jupyter', "renderPage() on Debian's Jupyter Server", () => {
  test("returns the page of the server's nbconvert", async () => {
    await using live = await LiveServer.start({ kind: 'debian' })
    await rendersPage(live)
  })
})
