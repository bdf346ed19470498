import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Frame, Page } from 'playwright-core'
import { allowedRequests, type Browser, press, toggle } from '../support/browser.ts'
import { describeWith } from '../support/describe_with.ts'
import {
  changed,
  chart,
  drawsHtml,
  figure,
  linkedHtml,
  plotlyHtml,
  publishes,
  showsHtml,
  slider,
  vegaHtml,
} from '../support/drawn_cells.ts'
import type { FunctionProcess } from '../support/function_process.ts'
import type { JupyterServer } from '../support/jupyter_server.ts'
import { Opened } from '../support/opened.ts'
import { startServedPage } from '../support/page_function.ts'

const plotlyType = 'application/vnd.plotly.v1+json'

describeWith('chromium', 'the page, of outputs', () => {
  let opened: Opened
  let jupyter: JupyterServer
  let served: FunctionProcess
  let browser: Browser
  /** After a run of the notebook that draws. */
  let drawn: Awaited<ReturnType<typeof run>>

  beforeAll(async () => {
    await using starting = new Opened()
    const env = { NBTRIGGER_RUNS: '/history' }
    ;({ jupyter, served, browser } = await startServedPage(starting, env))
    await jupyter.writeNotebook('drawn.ipynb', [
      { type: 'markdown', source: '# Drawn\n$e^{i\\pi}$' },
      publishes(plotlyType, figure),
      publishes('application/vnd.vegalite.v5+json', chart),
      { type: 'markdown', source: '**Then** a slider' },
      slider,
      changed,
    ])
    drawn = await run('drawn.ipynb')
    opened = starting.move()
  }, 600_000)

  afterAll(() => opened?.[Symbol.asyncDispose]())

  /** Runs the notebook; `asked` has the addresses that anything in the page was allowed to request. */
  async function run(name: string) {
    const page = await browser.open('about:blank')
    const asked = allowedRequests(page)
    await page.goto(`${served.url}/#/${name}`)
    await press(page.getByRole('button', { name: 'Run', exact: true }))
    await page.getByTitle('The executed notebook').waitFor()
    return { page, asked }
  }

  test('draws plotly, vega and widgets while it runs, and in the history', async () => {
    const { page, asked } = drawn
    await drawsAll(page, (part) => page.frameLocator(`iframe[title="cell ${cellOf[part]}"]`))
    const executed = page.frameLocator('iframe[title="The executed notebook"]')
    await drawsAll(page, () => executed)
    expect(asked().filter((url) => !url.startsWith(`${served.url}/`))).toEqual([])
    await executed.locator('.js-plotly-plot').hover()
    const [plot] = await Promise.all([
      page.waitForEvent('download'),
      press(executed.locator('[data-title="Download plot as SVG"]')),
    ])
    expect(plot.suggestedFilename()).toBe('bars.svg')

    await press(page.getByRole('link', { name: 'History', exact: true }))
    await press(page.getByRole('link', { name: 'drawn.ipynb succeeded' }))
    const recorded = page.locator('#recorded').getByTitle('The executed notebook').contentFrame()
    await drawsAll(page, () => recorded)
    await page.goto(`${served.url}/#/drawn.ipynb`)
  })

  test('shows Markdown in its place among the cells, each frame as high as it is', async () => {
    const { page } = drawn
    const items = await page
      .locator('#cells > li')
      .evaluateAll((all: readonly Item[]) => all.map(({ className }) => className))
    expect(items.join(' ')).toBe('markdown cell cell markdown cell cell')
    const text = page.locator('#cells iframe[title="Text of the notebook"]').first()
    await text.contentFrame().locator('math').waitFor()
    const { height } = (await text.boundingBox()) ?? { height: 0 }
    expect(height).toBeGreaterThan(70)
    expect(height).toBeLessThan(300)
  })

  test('shows a run as a report, which has a link of its own', async () => {
    const { page } = drawn
    const list = notebooks(page)
    const title = '/drawn.ipynb · nbtrigger'
    await press(page.getByRole('button', { name: 'Show as a report' }))
    expect([await list.isVisible(), await page.title()]).toEqual([false, 'Drawn'])
    const frame = page.getByTitle('The executed notebook')
    await toggle(frame.contentFrame().getByRole('switch', { name: 'Code' }))
    await frame.contentFrame().locator('.source').first().waitFor({ state: 'hidden' })
    await page.getByRole('button', { name: 'Back to the run' }).press('Escape')
    expect([await list.isVisible(), await page.title()]).toEqual([true, title])

    await press(page.getByRole('link', { name: 'History', exact: true }))
    await press(page.getByRole('link', { name: 'drawn.ipynb succeeded' }).first())
    await press(page.locator('#recorded').getByRole('button', { name: 'Show as a report' }))
    const address = page.url()
    expect(address).toMatch(/#runs\/[\w-]+\/report$/)
    await page.goto(`${served.url}/#/drawn.ipynb`)
    await page.getByRole('heading', { name: 'drawn', exact: true }).waitFor()
    expect([page.url(), await page.title()]).toEqual([`${served.url}/#/drawn.ipynb`, title])

    const linked = await browser.open(address)
    const report = linked.locator('#recorded').getByTitle('The executed notebook')
    await report.contentFrame().locator('h1').waitFor()
    const shown = [await notebooks(linked).isVisible(), await linked.title()]
    expect(shown).toEqual([false, 'Drawn'])
  })

  // The last that uses this run: what it tries changes the heights of the frames.
  test('lets a script in a frame run, and gives it nothing to reach', async () => {
    const { page, asked } = drawn
    await page.frameLocator('iframe[title="cell 4"]').locator('.widget-readout').waitFor()
    const frames = page.mainFrame().childFrames()
    expect(frames.length).toBeGreaterThanOrEqual(6)
    const before = asked().length
    const address = page.url()
    const tried = []
    for (const frame of frames) tried.push(await attempts(frame))
    expect(tried).toEqual(frames.map(() => nothing))
    await page.evaluate('fetch("/notebooks").then((answer) => answer.text())')
    expect(asked().slice(before)).toEqual([`${served.url}/notebooks`])
    expect([page.url(), page.context().pages().length]).toEqual([address, 1])
    expect(await page.evaluate('String(window.hacked)')).toBe('undefined')
    for (const frame of await page.locator('iframe').all()) {
      const { height } = (await frame.boundingBox()) ?? { height: 0 }
      expect(height).toBeLessThanOrEqual(30_000)
      expect(await frame.getAttribute('sandbox')).not.toContain('same-origin')
    }
  })

  test('is dark inside where it is dark outside, and has the colours of a terminal', async () => {
    await jupyter.writeNotebook('dark.ipynb', [
      'print("\\x1b[31mred\\x1b[0m plain")',
      'from IPython.display import Markdown\nMarkdown("*text*")',
    ])
    const page = await browser.open(`${served.url}/#/dark.ipynb`, { colorScheme: 'dark' })
    await press(page.getByRole('button', { name: 'Run', exact: true }))
    const text = page.frameLocator('iframe[title="cell 1"]')
    await text.locator('em').waitFor()
    const ground = 'getComputedStyle(document.documentElement).backgroundColor'
    expect(await text.locator('em').evaluate(ground)).toBe('rgb(29, 32, 37)')
    const red = page.locator('#cells .ansi-red-fg')
    expect(await red.textContent()).toBe('red')
    const colour = 'getComputedStyle(document.querySelector("#cells .ansi-red-fg")).color'
    expect(await page.evaluate(colour)).toBe('rgb(255, 150, 140)')
  })

  test('searches all folders, and keeps the focus of a person without a mouse', async () => {
    await jupyter.writeNotebook('one/two/deep.ipynb', ['1'])
    const page = await browser.open(served.url)
    await page.getByRole('link', { name: 'one, folder' }).waitFor()
    await page.getByLabel('Filter this folder').focus()
    await page.keyboard.type('DEEP')
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: 'one/two/deep.ipynb' }).waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.getByText('It has no cell tagged').waitFor()
    const focused = 'document.activeElement.id'
    expect(await page.evaluate(focused)).toBe('notebook-name')
    await page.getByRole('button', { name: 'Run', exact: true }).press('Enter')
    await page.locator('#run-title', { hasText: 'Succeeded' }).waitFor()
    expect(await page.evaluate(focused)).toBe('run-button')
    await page.getByRole('link', { name: 'All notebooks' }).press('Enter')
    await page.getByRole('link', { name: 'one, folder' }).press('Enter')
    await page.getByRole('link', { name: 'two, folder' }).waitFor()
    expect(await page.evaluate('document.activeElement.title')).toBe('two')
  })

  test('reads the folder on while it searches all', async () => {
    await jupyter.writeNotebook('one/two/deep.ipynb', ['1'])
    const page = await browser.open('about:blank')
    const { release } = await hold(page, '**/notebooks?folder=*')
    await page.goto(served.url)
    await page.getByLabel('Filter this folder').fill('deep')
    expect(await page.locator('#picker-note').textContent()).toBe('Reading the folder …')
    await page.keyboard.press('Enter')
    const found = page.getByRole('link', { name: 'one/two/deep.ipynb' })
    await found.waitFor()
    const read = page.waitForResponse('**/notebooks?folder=*')
    release()
    await (await read).finished()
    expect(await found.count()).toBe(1)
    await page.getByLabel('Filter this folder').fill('')
    await page.getByRole('link', { name: 'one, folder' }).waitFor()
  })

  test('ends a search when the text changes', async () => {
    await jupyter.writeNotebook('one/two/deep.ipynb', ['1'])
    const page = await browser.open(served.url)
    const { release } = await hold(page, '**/notebooks?search=*')
    await page.getByLabel('Filter this folder').fill('deep')
    await page.keyboard.press('Enter')
    await page.getByText('Searching all folders').waitFor()
    await page.getByLabel('Filter this folder').fill('one')
    release()
    await page.evaluate('fetch("/notebooks?search=deep").then((answer) => answer.text())')
    await page.getByRole('link', { name: 'one, folder' }).waitFor()
    expect(await page.getByRole('link', { name: 'one/two/deep.ipynb' }).count()).toBe(0)
  })

  test('runs the scripts of HTML, with libraries of its own, and says what it does not load', async () => {
    const cells = [plotlyHtml, vegaHtml, linkedHtml].map(showsHtml)
    await jupyter.writeNotebook('scripts.ipynb', cells)
    const { page, asked } = await run('scripts.ipynb')
    const inCell = (index: number) => page.frameLocator(`iframe[title="cell ${index}"]`)
    await drawsHtml(inCell)
    const executed = page.frameLocator('iframe[title="The executed notebook"]')
    await drawsHtml((index) => executed.locator('section.code').nth(index))
    const sandbox = (title: string) => page.getByTitle(title).getAttribute('sandbox')
    expect(await sandbox('cell 1')).toBe('allow-scripts')
    expect(await sandbox('The executed notebook')).toBe('allow-scripts allow-modals')
    await page.evaluate('fetch("/notebooks").then((answer) => answer.text())')
    expect(asked().filter((url) => url.includes('.test/') || url.includes('cdn.'))).toEqual([])
  })
})

function notebooks(page: Page) {
  return page.getByRole('navigation', { name: 'Notebooks' })
}

/** Sends no request to these addresses before `release()`. */
async function hold(page: Page, addresses: string) {
  const released = new AbortController()
  await page.route(addresses, async (route) => {
    if (!released.signal.aborted) await once(released.signal, 'abort')
    await route.continue().catch(() => undefined) // the page may have given it up
  })
  return { release: () => released.abort() }
}

interface Item {
  readonly className: string
}

const cellOf = { plotly: 1, vega: 2, widgets: 4 }

type Frames = (part: keyof typeof cellOf) => ReturnType<Page['frameLocator']>

async function drawsAll(page: Page, frameOf: Frames): Promise<void> {
  await frameOf('plotly').locator('.js-plotly-plot .bars .point').nth(1).waitFor()
  await frameOf('vega').locator('.vega-embed svg.marks').waitFor()
  await frameOf('widgets').locator('.widget-readout', { hasText: /^8$/ }).waitFor()
  expect(await frameOf('plotly').getByText('could not be drawn').count()).toBe(0)
  expect(await page.getByText('It cannot be shown').count()).toBe(0)
}

/** What came of each attempt; the browser's driver runs it, as a script that got in would. */
async function attempts(frame: Frame): Promise<Readonly<Record<string, string>>> {
  return await frame.evaluate<Readonly<Record<string, string>>>(`(async () => {
    const tried = {}
    const attempt = async (name, work) => {
      try { tried[name] = String(await work()) } catch (error) { tried[name] = error.name }
    }
    await attempt('origin', () => origin)
    await attempt('parent', () => parent.document.title)
    await attempt('mark', () => { parent.hacked = true })
    await attempt('storage', () => localStorage.length)
    await attempt('cookie', () => document.cookie)
    await attempt('popup', () => open('https://example.test/popup'))
    await attempt('navigation', () => { top.location = 'https://example.test/top' })
    await attempt('fetch', () => fetch('https://example.test/fetch'))
    await attempt('service', () => fetch('/notebooks'))
    await attempt('script', () => {
      const script = document.createElement('script')
      script.textContent = 'hacked = true'
      document.body.append(script)
    })
    tried.ran = String(window.hacked)
    for (const height of ['9', NaN, -1, 1e9]) parent.postMessage({ height, other: 1 }, '*')
    return tried
  })()`)
}

const nothing = {
  origin: 'null',
  parent: 'SecurityError',
  mark: 'SecurityError',
  storage: 'SecurityError',
  cookie: 'SecurityError',
  popup: 'null',
  navigation: 'SecurityError',
  fetch: 'TypeError',
  service: 'TypeError',
  script: 'undefined',
  ran: 'undefined', // each has a policy that names its scripts
}
