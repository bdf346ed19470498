import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Frame, Page, Request } from 'playwright-core'
import type { Browser } from '../support/browser.ts'
import { describeWith } from '../support/describe_with.ts'
import type { FunctionProcess } from '../support/function_process.ts'
import type { JupyterServer } from '../support/jupyter_server.ts'
import { Opened } from '../support/opened.ts'
import { startServedPage } from '../support/page_function.ts'

/** What it would do, could it run: mark every window that it reaches, and run the victim. */
const attack = `for (const reach of [() => window, () => parent, () => top, () => opener])
  try { reach().hacked = true } catch {}
try { sessionStorage.hacked = localStorage.hacked = true } catch {}
fetch('/run/victim.ipynb', { method: 'POST' })`

const inAttribute = attack.replaceAll('\n', ' ').replaceAll('"', '&quot;')

const hostile: Readonly<Record<string, string>> = {
  'a script': `<script>${attack}</script>`,
  'an image that fails': `<img src="nothing" onerror="${inAttribute}">`,
  'an SVG that loads': `<svg onload="${inAttribute}"></svg>`,
  'a link of script': `<a class="trap" href="javascript:${inAttribute}">trap</a>`,
  'a link of script to the top': `<a class="trap" target="_top" href="javascript:${inAttribute}">trap</a>`,
  'a link to the API': '<a class="trap" href="/run/victim.ipynb">trap</a>',
  'a link to the API for the top':
    '<a class="trap" target="_top" href="/run/victim.ipynb">trap</a>',
  'a link to the API for a new window': `<a class="trap" target="_blank" href="/run/victim.ipynb">trap</a>`,
  'a form': '<form action="/run/victim.ipynb"><button class="trap">trap</button></form>',
  'a form for the top':
    '<form action="/run/victim.ipynb" method="post" target="_top"><button class="trap">trap</button></form>',
  'an image of the API': '<img src="/run/victim.ipynb">',
  'a frame of the API': '<iframe src="/run/victim.ipynb"></iframe>',
  'a frame of script': `<iframe srcdoc="<script>${inAttribute}</script>"></iframe>`,
  'an object of the API':
    '<object data="/run/victim.ipynb"></object><embed src="/run/victim.ipynb">',
  'a style sheet of the API':
    '<link rel="stylesheet" href="/run/victim.ipynb"><style>@import "/run/victim.ipynb"; body { background: url(/run/victim.ipynb) }</style>',
  'what the API may be fetched for': ['script', 'style', 'fetch', 'image', 'font', 'document']
    .map((use) => `<link rel="preload" as="${use}" href="/run/victim.ipynb">`)
    .join(''),
  'what may come next':
    '<link rel="modulepreload" href="/run/victim.ipynb"><link rel="prefetch" href="/run/victim.ipynb"><link rel="manifest" href="/run/victim.ipynb"><link rel="icon" href="/run/victim.ipynb">',
  'media of the API':
    '<video src="/run/victim.ipynb" poster="/run/victim.ipynb"></video><audio src="/run/victim.ipynb"></audio>',
  'another base': '<base href="https://evil.example/"><img src="run/victim.ipynb">',
  'a page that goes elsewhere': '<meta http-equiv="refresh" content="0; url=/run/victim.ipynb">',
  'a looser policy': `<meta http-equiv="Content-Security-Policy" content="script-src *"><script src="/run/victim.ipynb"></script>`,
  'a page that looks like ours':
    '<dialog open><form><input name="key"><button class="trap">Use this key</button></form></dialog>',
}

describeWith('chromium', 'the page', () => {
  let opened: Opened
  let jupyter: JupyterServer
  let served: FunctionProcess
  let browser: Browser

  beforeAll(async () => {
    await using starting = new Opened()
    ;({ jupyter, served, browser } = await startServedPage(starting))
    opened = starting.move()
    await jupyter.writeNotebook('victim.ipynb', ['open("victim_ran", "w").close()'])
  })

  afterAll(() => opened?.[Symbol.asyncDispose]())

  test('would run the same markup without its protection', async () => {
    const page = await browser.open(served.url, { bypassCSP: true })
    for (const name of ['a script', 'an image that fails', 'an SVG that loads']) {
      await page.goto('about:blank')
      await page.setContent(hostile[name] ?? '')
      await page.waitForFunction('window.hacked')
    }
  })

  test('runs no script of a notebook, which cannot reach the API either', async () => {
    const markup = Object.values(hostile)
    const frames = markup.map((html) => `display(HTML(${JSON.stringify(html)}))`)
    const cells = [
      `from IPython.display import HTML, SVG, display\n${frames.join('\n')}`,
      `display({"image/svg+xml": ${JSON.stringify(svg)}, "text/markdown": "x"}, raw=True)`,
      `print(${JSON.stringify(markup.join('\n'))})`,
      `display({"text/markdown": ${JSON.stringify(markup.join('\n'))}}, raw=True)`,
      `raise type(${JSON.stringify(hostile['a script'])}, (Exception,), {})(${JSON.stringify(markup.join())})`,
    ]
    const comment = hostile['a script']?.replaceAll('\n', ' ')
    const parameters = `a = '<img src=x onerror=top.hacked=1>'  # ${comment}`
    const name = '<img src=x onerror=top.hacked=1>.ipynb'
    await jupyter.writeNotebook(name, [
      { type: 'markdown', source: markup.join('\n\n') },
      { type: 'code', source: parameters, metadata: { tags: ['parameters'] } },
      ...cells,
    ])
    const page = await browser.open(`${served.url}/#/${encodeURIComponent(name)}`)
    const asked: Request[] = []
    page.on('request', (request) => asked.push(request))
    const address = page.url()
    await page.getByRole('button', { name: 'Run' }).click()
    await page.getByTitle('The executed notebook').waitFor()
    expect(await page.locator('#run-title').textContent()).toMatch(/^Cell \d failed/)

    const shown = page.mainFrame().childFrames()
    expect(shown.length).toBeGreaterThan(Object.keys(hostile).length)
    let traps = 0
    for (const frame of shown) traps += await springTraps(frame)
    expect(traps).toBeGreaterThanOrEqual(8)
    await provesUnharmed(page, { address, asked })
    expect(existsSync(join(jupyter.root, 'victim_ran'))).toBe(false)
    expect(await jupyter.kernels()).toEqual([])
  })
})

const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" onload="top.hacked=1"><script>top.hacked=1</script><image href="/run/victim.ipynb"/></svg>`

interface Trap {
  click(): void
}

/** Clicks whatever asks to be clicked: how many things that were. */
async function springTraps(frame: Frame): Promise<number> {
  return frame.locator('.trap').evaluateAll((traps: readonly Trap[]) => {
    for (const trap of traps) trap.click()
    return traps.length
  })
}

interface Evidence {
  readonly address: string
  /** What Chromium was asked for, also what it then refused. */
  readonly asked: readonly Request[]
}

/** Whatever was on its way has arrived when the page has been to the server and back. */
async function provesUnharmed(page: Page, { address, asked }: Evidence): Promise<void> {
  await page.evaluate('fetch("/notebooks").then((answer) => answer.text())')
  expect(page.url()).toBe(address)
  expect(page.context().pages()).toHaveLength(1)
  expect(await page.evaluate('String(window.hacked)')).toBe('undefined')
  expect(await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])')).toBe(
    '[{},{}]',
  )
  const attempts = asked.filter((request) => request.url().includes('victim'))
  expect(attempts.length).toBeGreaterThan(3)
  const sent = attempts.filter((request) => request.failure()?.errorText !== 'csp')
  expect(
    sent.map((request) => `${request.resourceType()} ${request.failure()?.errorText}`),
  ).toEqual([])
}
