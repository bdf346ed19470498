import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Frame, Locator, Page, Request } from 'playwright-core'
import { type Browser, press } from '../support/browser.ts'
import { CountingServer } from '../support/counting_server.ts'
import { describeWith } from '../support/describe_with.ts'
import type { FunctionProcess } from '../support/function_process.ts'
import type { JupyterServer } from '../support/jupyter_server.ts'
import { Opened } from '../support/opened.ts'
import { startServedPage } from '../support/page_function.ts'
import { until } from '../support/until.ts'

/** What it would do, could it run: mark every window that it reaches, and run the victim. */
const attack = `for (const reach of [() => window, () => parent, () => top, () => opener])
  try { reach().hacked = true } catch {}
try { sessionStorage.hacked = localStorage.hacked = true } catch {}
fetch('/run/victim.ipynb', { method: 'POST' })`

/** What the script of an output tries: each may throw, and go on. */
const loads = [
  "fetch('/run/victim.ipynb', { method: 'POST', mode: 'no-cors' })",
  "const request = new XMLHttpRequest(); request.open('GET', '/run/victim.ipynb'); request.send()",
  "navigator.sendBeacon('/run/victim.ipynb')",
  "new EventSource('/run/victim.ipynb')",
  "new WebSocket('ws://' + new URL(document.baseURI).host + '/run/victim.ipynb')",
  "new Image().src = '/run/victim.ipynb'",
  "new Worker('/run/victim.ipynb')",
  "import('/run/victim.ipynb')",
  "add('script', { src: '/run/victim.ipynb' })",
  "add('iframe', { src: '/run/victim.ipynb' })",
  "add('iframe', { srcdoc: '<script>top.hacked = parent.hacked = true</' + 'script>' })",
  "add('link', { rel: 'stylesheet', href: '/run/victim.ipynb' })",
  "add('link', { rel: 'prefetch', href: '/run/victim.ipynb' })",
  "add('meta', { httpEquiv: 'Content-Security-Policy', content: 'connect-src *' }); fetch('/run/victim.ipynb')",
  "alert('victim'); print()",
  "for (const to of [parent, top]) for (const height of [-1, 1e9, 'high']) to.postMessage({ height, isReady: true }, '*')",
]

/** The same, one to a frame: it may leave this one empty. */
const moves = [
  "location = '/run/victim.ipynb'",
  "parent.location = '/run/victim.ipynb'",
  "top.location = '/run/victim.ipynb'",
  "open('/run/victim.ipynb')",
  "add('a', { href: '/run/victim.ipynb', target: '_top' }).click()",
  "add('a', { href: '/run/victim.ipynb', download: 'victim' }).click()",
  "add('form', { action: '/run/victim.ipynb' }).submit()",
  "add('form', { action: '/run/victim.ipynb', method: 'post', target: '_top' }).submit()",
]

const helper =
  'const add = (tag, fields) => document.body.appendChild(Object.assign(document.createElement(tag), fields))'

function attemptHtml(...codes: readonly string[]): string {
  return `<p class="ran"></p><script>${helper}
document.querySelector('.ran').textContent = 'ran'
${attack}
${codes.map((code) => `try { ${code} } catch {}`).join('\n')}</script>`
}

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
  ...Object.fromEntries(moves.map((code) => [`a script with ${code}`, attemptHtml(code)])),
  'a script that loads': attemptHtml(...loads),
}

describeWith('chromium', 'the page', () => {
  let opened: Opened
  let jupyter: JupyterServer
  let served: FunctionProcess
  let browser: Browser
  let other: CountingServer

  beforeAll(async () => {
    await using starting = new Opened()
    ;({ jupyter, served, browser } = await startServedPage(starting))
    other = starting.use(await CountingServer.start())
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

  test('gives the scripts of a notebook nothing to reach, neither the page nor the API', async () => {
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
    await press(page.getByRole('button', { name: 'Run' }))
    await page.getByTitle('The executed notebook').waitFor()
    expect(await page.locator('#run-title').textContent()).toMatch(/^Cell \d failed/)

    const executed = page.frameLocator('iframe[title="The executed notebook"]')
    const last = executed.frameLocator('iframe >> nth=-1')
    await last.getByText('ran', { exact: true }).waitFor()
    const shown = page.mainFrame().childFrames()
    expect(shown.length).toBeGreaterThan(Object.keys(hostile).length)
    // Beside its cell and in the executed notebook; a frame that was to go elsewhere is empty.
    const expected = 2 * (moves.length - 2)
    await until('the scripts', async () => (await countIn(page, marksIn)) >= expected || undefined)
    await until('the traps', async () => (await countIn(page, trapsIn)) >= 16 || undefined)
    let traps = 0
    const innermostFirst = page.frames().toReversed()
    for (const frame of innermostFirst) if (!frame.isDetached()) traps += await springTraps(frame)
    expect(traps).toBeGreaterThanOrEqual(16)
    await provesUnharmed(page, { address, asked })
    const intact = shown.filter((frame) => frame.url().includes('/page/frame.html'))
    expect(intact.length).toBeGreaterThan(moves.length)
    await Promise.all(intact.map((frame) => frame.evaluate("location = '/run/victim.ipynb'")))
    await provesUnharmed(page, { address, asked })
    expect(existsSync(join(jupyter.root, 'victim_ran'))).toBe(false)
    expect(await jupyter.kernels()).toEqual([])
  })

  test.each([
    { name: 'alone', file: 'widget.ipynb', beside: '' },
    { name: 'beside HTML with a script', file: 'both.ipynb', beside: '<script>1</script>beside' },
  ])('runs no script in the markup of widgets $name', async ({ file, beside }) => {
    const bait = baitFor([`${other.url}/?leak`, '/run/victim.ipynb'])
    await jupyter.writeNotebook(file, [
      `import ipywidgets as w\nbait = ${JSON.stringify(bait)}`,
      `o = w.Output(outputs=({'output_type': 'display_data', 'data': {'text/html': bait}, 'metadata': {}},))
w.VBox([w.HTML(bait), w.HTMLMath(bait), w.ToggleButtons(options=[bait]), o, w.HTML('<b>safe</b>')])`,
      `from IPython.display import HTML\nHTML(${JSON.stringify(beside)})`,
    ])
    const page = await browser.open(`${served.url}/#/${file}`)
    await press(page.getByRole('button', { name: 'Run' }))
    const executed = page.frameLocator('iframe[title="The executed notebook"]')
    for (const frame of [page.frameLocator('iframe[title="cell 1"]'), executed]) {
      await frame.locator('b', { hasText: 'safe' }).waitFor()
      await frame.locator('img.bait').first().waitFor({ state: 'attached' })
    }
    await provesQuiet(page)

    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      press(page.getByRole('link', { name: '.html' }).and(page.locator('[download]'))),
    ])
    const kept = await browser.open('about:blank')
    await kept.setContent(await readFile(await saved.path(), 'utf8'))
    await kept.locator('img.bait').first().waitFor({ state: 'attached' })
    await provesQuiet(kept)
  })

  /** Nothing ran in any of its frames, and no request came to the other site or ran a notebook. */
  async function provesQuiet(page: Page): Promise<void> {
    const images =
      'Promise.all(Array.from(document.images, (image) => image.decode().catch(() => 0)))'
    for (const frame of page.frames()) {
      await frame.evaluate(`${images}.then(() => new Promise((done) => setTimeout(done, 200)))`)
      expect(await frame.evaluate('String(window.hacked)')).toBe('undefined')
    }
    expect(other.asked).toEqual([])
    expect(existsSync(join(jupyter.root, 'victim_ran'))).toBe(false)
  }
})

/** Markup whose handlers download from these addresses, which no policy keeps a page from. */
function baitFor(addresses: readonly string[]): string {
  const clicks = addresses.map(
    (href) =>
      `Object.assign(document.createElement('a'), { download: 'x', href: '${href}' }).click()`,
  )
  const code = ['window.hacked = true', ...clicks].join('; ')
  return `<img class="bait" src="data:," onerror="${code}"><svg onload="${code}"></svg><script>${code}</script>`
}

const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" onload="top.hacked=1"><script>top.hacked=1</script><image href="/run/victim.ipynb"/></svg>`

interface Trap {
  click(): void
}

/** Clicks whatever asks to be clicked: how many things that were. */
async function springTraps(frame: Frame): Promise<number> {
  return trapsIn(frame).evaluateAll((traps: readonly Trap[]) => {
    for (const trap of traps) trap.click()
    return traps.length
  })
}

/** How many of these there are in all frames of the page; none in a frame that is being loaded. */
async function countIn(page: Page, find: (frame: Frame) => Locator): Promise<number> {
  const counts = page.frames().map((frame) =>
    find(frame)
      .count()
      .catch(() => 0),
  )
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0)
}

/** What a script puts into its frame. */
const marksIn = (frame: Frame) => frame.getByText('ran', { exact: true })
const trapsIn = (frame: Frame) => frame.locator('.trap')

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
  const attempts = () => asked.filter((request) => request.url().includes('victim'))
  expect(attempts().length).toBeGreaterThan(3)
  // Chromium tells of a request before it tells that it refused it.
  const told = () => attempts().every((request) => request.failure() !== null) || undefined
  await until('the refusals', told, 10_000).catch(() => undefined) // what was sent is shown below
  const sent = attempts().filter((request) => request.failure()?.errorText !== 'csp')
  expect(
    sent.map((request) => `${request.resourceType()} ${request.failure()?.errorText}`),
  ).toEqual([])
}
