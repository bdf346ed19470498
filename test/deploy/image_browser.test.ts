import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { JupyterServer } from '../support/jupyter_server.ts'
import { Opened } from '../support/opened.ts'
import { ProxiedBrowser } from '../support/proxied_browser.ts'
import { repositoryRoot } from '../support/repository.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'

const config = `--config=${join(repositoryRoot, 'deploy/jupyter/jupyter_server_config.py')}`
const token = '0123456789abcdef'.repeat(3)
const host = 'nbtrigger-jupyter-abc123-uc.a.run.app'
const opened = new Opened()
let server: JupyterServer
let kernel: string

beforeAll(async () => {
  const { path } = opened.use(await ScratchFolder.make('secret'))
  const file = join(path, 'token')
  await writeFile(file, token)
  const env = { JUPYTER_TOKEN: '', JUPYTER_TOKEN_FILE: file }
  server = opened.use(await JupyterServer.start({ token, args: [config], env }))
  const { body } = await server.request('POST', '/api/kernels', {})
  kernel = `/api/kernels/${JSON.parse(body).id}/channels`
}, 200_000)

afterAll(async () => {
  await opened[Symbol.asyncDispose]()
})

describe('a browser behind "gcloud run services proxy"', () => {
  test.each([
    { name: 'localhost', origin: 'http://localhost:8888' },
    { name: '127.0.0.1', origin: 'http://127.0.0.1:9000' },
    { name: 'localhost without a port', origin: 'http://localhost' },
  ])('logs in with the form at $name, and works with kernels and files', async ({ origin }) => {
    const browser = browserAt(origin)
    expect(await logIn(browser)).toBe(302)
    expect(await browser.upgrade(kernel)).toBe(101)
    const headers = { 'X-XSRFToken': browser.cookie('_xsrf') ?? '' }
    const made = await browser.request('POST', '/api/contents', { body: '{}', headers })
    expect(made.status).toBe(201)
    expect((await browser.request('GET', '/api/contents')).status).toBe(200)
  })

  test('is refused without the token against cross-site requests', async () => {
    const browser = browserAt('http://localhost:8888')
    expect(await logIn(browser)).toBe(302)
    expect((await browser.request('POST', '/api/contents', { body: '{}' })).status).toBe(403)
  })

  test('opens no kernel without having logged in', async () => {
    expect(await browserAt('http://localhost:8888').upgrade(kernel)).toBe(403)
  })

  test.each([
    { name: 'another site', origin: 'https://example.com' },
    { name: 'a site whose name begins like it', origin: 'http://localhost.example.com' },
    { name: 'a site whose name has it in the middle', origin: 'http://x.localhost:8888' },
    { name: 'a user name before another site', origin: 'http://localhost:8888@example.com' },
    { name: 'a name that a dot of the pattern could mean', origin: 'http://127.0a0.1' },
  ])('opens no kernel for $name', async ({ origin }) => {
    const cookies = browserAt('http://localhost:8888')
    expect(await logIn(cookies)).toBe(302)
    const stranger = browserAt(origin, cookies)
    expect(await stranger.upgrade(kernel)).toBe(403)
    const headers = { 'X-XSRFToken': stranger.cookie('_xsrf') ?? '' }
    expect((await stranger.request('POST', '/api/contents', { body: '{}', headers })).status).toBe(
      404,
    )
  })
})

function browserAt(origin: string, other?: ProxiedBrowser): ProxiedBrowser {
  return new ProxiedBrowser({ target: server.host, origin, host }, other)
}

/** The status of the response to the form: 302 when it let the browser in. */
async function logIn(browser: ProxiedBrowser): Promise<number> {
  const form = await browser.request('GET', '/login')
  expect(form.status).toBe(200)
  const { status } = await browser.submit('/login', { password: token })
  return status
}
