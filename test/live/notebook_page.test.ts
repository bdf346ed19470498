import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { allowedRequests, Browser, press, toggle } from '../support/browser.ts'
import { command } from '../support/command.ts'
import { describeWith } from '../support/describe_with.ts'
import {
  changed,
  chart,
  drawsHtml,
  figure,
  fillingHtml,
  linkedHtml,
  plotlyHtml,
  publishes,
  showsHtml,
  slider,
  surface,
  vegaHtml,
} from '../support/drawn_cells.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import type { CellSource } from '../support/notebook_file.ts'
import { Opened } from '../support/opened.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'

/** What a script in an output tries; it writes what came of it into its own frame. */
const hostile = `from IPython.display import HTML
HTML('''<p id="log">waiting</p><script>
const tried = {}
const attempt = (name, work) => { try { tried[name] = String(work()) } catch (error) { tried[name] = error.name } }
attempt('parent', () => parent.document.title)
attempt('storage', () => localStorage.length)
attempt('cookie', () => document.cookie)
attempt('popup', () => String(open('https://example.test/popup')))
attempt('navigation', () => { top.location = 'https://example.test/top' })
for (const height of ['9', NaN, -1, 1e9]) parent.postMessage({ height }, '*')
fetch('https://example.test/fetch').then(() => 'sent', (error) => error.name).then((sent) => {
  tried.fetch = sent
  document.getElementById('log').textContent = JSON.stringify(tried)
})
</script>''')`

describeWith('chromium', 'the page of a notebook', () => {
  let opened: Opened
  let jupyter: JupyterServer
  let browser: Browser
  let folder: ScratchFolder

  beforeAll(async () => {
    await using starting = new Opened()
    jupyter = starting.use(await JupyterServer.start())
    folder = starting.use(await ScratchFolder.make('page'))
    browser = starting.use(await Browser.start())
    opened = starting.move()
  }, 600_000)

  afterAll(() => opened?.[Symbol.asyncDispose]())

  async function saved(name: string, cells: readonly CellSource[], ...flags: readonly string[]) {
    await jupyter.writeNotebook(`${name}.ipynb`, cells)
    const path = join(folder.path, `${name}.html`)
    const args = [jupyter.host, `/${name}.ipynb`, '-o', `file:${path}`, ...flags]
    const { status, stderr } = await command(args, { JUPYTER_TOKEN: jupyter.token })
    expect(status).toBe(0)
    return { path, stderr }
  }

  /** The page in a browser; `asked()` has the addresses that it was allowed to request so far. */
  async function open(path: string, options = {}) {
    const page = await browser.open('about:blank', options)
    const asked = allowedRequests(page)
    await page.goto(pathToFileURL(path).href)
    return { page, asked }
  }

  test('draws plotly, vega and widgets in one file, without the network', async () => {
    const { path } = await saved('drawn', [
      { type: 'markdown', source: '# Drawn\n$e^{i\\pi}$' },
      publishes('application/vnd.plotly.v1+json', figure),
      publishes('application/vnd.vegalite.v5+json', chart),
      slider,
      changed,
    ])
    const { page, asked } = await open(path)
    await page.locator('.js-plotly-plot .bars .point').first().waitFor()
    await page.locator('.vega-embed svg.marks').waitFor()
    await page.locator('.widget-label', { hasText: 'Level' }).waitFor()
    expect(await page.locator('.widget-readout').textContent()).toBe('8')
    expect(await page.locator('.js-plotly-plot .bars .point').count()).toBe(2)
    expect(await page.getByText('could not be drawn').count()).toBe(0)
    expect(await page.locator('.still').count()).toBe(0)
    expect(await page.locator('math').count()).toBe(1)
    expect(asked()).toEqual([page.url()])
  })

  test('draws the charts of the large build of plotly too', async () => {
    const { path } = await saved('surface', [publishes('application/vnd.plotly.v1+json', surface)])
    const { page } = await open(path)
    await page.locator('.js-plotly-plot .gl-container').waitFor({ state: 'attached' })
    expect(await page.getByText('could not be drawn').count()).toBe(0)
  })

  test('runs the scripts of HTML with libraries of its own, and warns of what it does not load', async () => {
    const cells = [plotlyHtml, vegaHtml, linkedHtml].map(showsHtml)
    const { path, stderr } = await saved('scripts', cells, '--no-input')
    const { page } = await open(path)
    await drawsHtml((index) => page.locator('section.code').nth(index))
    expect(stderr).toContain(
      'cannot show outputs of the type text/html that loads static.test, text/html that loads framed.test; JupyterLab can',
    )
  })

  test('gives HTML that fills its frame the height that it needs, and no more', async () => {
    const { path } = await saved('filling', [showsHtml(fillingHtml)], '--no-input')
    const { page } = await open(path)
    await page.waitForFunction('document.querySelector("iframe").clientHeight > 600')
    await page.evaluate('new Promise((done) => setTimeout(done, 300))') // it would grow on
    expect((await page.locator('iframe').boundingBox())?.height).toBe(608)
  })

  test('lets a hostile output reach neither the page nor the network', async () => {
    const { path } = await saved('hostile', [hostile, '1'], '--no-input')
    const { page, asked } = await open(path)
    const frame = page.frameLocator('iframe')
    await frame.locator('#log', { hasText: 'fetch' }).waitFor()
    const tried = JSON.parse((await frame.locator('#log').textContent()) ?? '')
    expect(tried).toEqual({
      parent: 'SecurityError',
      storage: 'SecurityError',
      cookie: 'SecurityError',
      popup: 'null',
      navigation: 'SecurityError',
      fetch: 'TypeError',
    })
    expect(asked()).toEqual([page.url()])
    expect(page.context().pages()).toHaveLength(1)
    const { height } = (await page.locator('iframe').boundingBox()) ?? { height: 0 }
    expect(height).toBeGreaterThan(20)
    expect(height).toBeLessThanOrEqual(4_002)
  })

  test('hides and shows the code, gives figures and tables as files, and prints without buttons', async () => {
    const table =
      '<table><tr><th></th><th colspan="2">a, b</th></tr><tr><th>0</th><td>1</td><td>2</td></tr></table>'
    const { path } = await saved('report', [
      { type: 'markdown', source: '# Sales of *May*' },
      publishes('text/html', JSON.stringify(table)),
      publishes('application/vnd.plotly.v1+json', figure),
      `from IPython.display import SVG\nSVG('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')`,
    ])
    const { page } = await open(path)
    expect(await page.title()).toBe('Sales of May')
    expect(await page.locator('.source').first().isVisible()).toBe(true)
    await toggle(page.getByRole('switch', { name: 'Code' }))
    expect(await page.locator('.source').first().isVisible()).toBe(false)
    expect(await page.locator('table').isVisible()).toBe(true)

    expect(await downloadOf(page, 'Download CSV')).toEqual([
      'table-1.csv',
      ',"a, b","a, b"\r\n0,1,2\r\n',
    ])
    expect(await downloadOf(page, 'Download SVG')).toEqual([
      'figure-1.svg',
      expect.stringContaining('<svg'),
    ])
    await page.locator('.js-plotly-plot').hover()
    const [plot] = await Promise.all([
      page.waitForEvent('download'),
      press(page.locator('[data-title="Download plot as SVG"]')),
    ])
    expect(plot.suggestedFilename()).toBe('bars.svg')
    await page.emulateMedia({ media: 'print' })
    expect(await page.getByRole('button').count()).toBe(0)
  })

  test('warns of what it cannot show, and says it in its place', async () => {
    const bokeh = publishes('application/vnd.bokehjs_exec.v0+json', "''")
    const { path, stderr } = await saved('bokeh', [bokeh, '1'], '--no-input')
    expect(stderr).toContain(
      'Warning: The page of the notebook cannot show outputs of the type application/vnd.bokehjs_exec',
    )
    expect(await readFile(path, 'utf8')).toContain('JupyterLab can.')
  })

  test('is dark where the browser is', async () => {
    const { path } = await saved('dark', ['1'], '--no-input')
    expect(await ground((await open(path, { colorScheme: 'dark' })).page)).toBe('rgb(22, 24, 28)')
    expect(await ground((await open(path, { colorScheme: 'light' })).page)).toBe(
      'rgb(255, 255, 255)',
    )
  })
})

async function downloadOf(page: Page, name: string): Promise<readonly [string, string]> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    press(page.getByRole('button', { name })),
  ])
  return [download.suggestedFilename(), await readFile(await download.path(), 'utf8')]
}

function ground(page: Page): Promise<string> {
  return page.evaluate<string>('getComputedStyle(document.documentElement).backgroundColor')
}
