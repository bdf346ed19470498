import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { type Browser, press, toggle } from '../support/browser.ts'
import { describeWith } from '../support/describe_with.ts'
import type { FunctionProcess } from '../support/function_process.ts'
import type { JupyterServer } from '../support/jupyter_server.ts'
import { Opened } from '../support/opened.ts'
import { startPageFunction, startServedPage } from '../support/page_function.ts'
import { drawingNotebook } from '../support/page_notebook.ts'
import { freePort } from '../support/port.ts'
import { signalProcess } from '../support/processes.ts'
import { until } from '../support/until.ts'

describeWith(['chromium', 'matplotlib'], 'the page', () => {
  let opened: Opened
  let jupyter: JupyterServer
  let served: FunctionProcess
  let browser: Browser

  beforeAll(async () => {
    await using starting = new Opened()
    ;({ jupyter, served, browser } = await startServedPage(starting))
    opened = starting.move()
  }, 600_000)

  afterAll(() => opened?.[Symbol.asyncDispose]())

  test('lets a person find a notebook, fill it in, run it and see its plot', async () => {
    await jupyter.writeNotebook('reports/city.ipynb', drawingNotebook)
    await jupyter.writeNotebook('reports/other.ipynb', drawingNotebook)
    const page = await browser.open(served.url)
    await press(page.getByRole('link', { name: 'reports, folder' }))
    const other = page.getByRole('link', { name: 'other.ipynb' })
    await other.waitFor()
    await page.getByLabel('Filter this folder').fill('CIT')
    await other.waitFor({ state: 'detached' })
    await page.getByLabel('Filter this folder').press('ArrowDown')
    await page.keyboard.press('Enter')

    await page.getByLabel('days').fill('30')
    await page.getByRole('textbox', { name: 'city' }).fill('"Bergen"')
    await page.getByLabel('smooth').selectOption('False')
    await run(page, 'Succeeded')
    expect(new URL(page.url()).hash).toBe(
      '#/reports/city.ipynb?days=30&city=%22Bergen%22&smooth=False',
    )
    const given = page.getByLabel('Source of the injected cell')
    expect(await given.textContent()).toBe(
      '# Parameters\ndays = 30\ncity = "Bergen"\nsmooth = False\n',
    )
    await page.getByText('Bergen: 30 days').waitFor()
    const table = page.frameLocator('iframe[title="cell 3"]')
    await table.getByRole('row').nth(4).waitFor()
    expect(await table.getByRole('row').count()).toBe(5)
    expect(await widthOf(page.getByRole('img', { name: /^cell 4/ }))).toBeGreaterThan(500)
    expect(await widthOf(page.getByRole('img', { name: /^The result/ }))).toBeGreaterThan(500)

    const executed = page.frameLocator('iframe[title="The executed notebook"]')
    expect(await widthOf(executed.locator('img'))).toBeGreaterThan(500)
    expect(await executed.getByText('The year of a city').count()).toBe(1)
    expect(await downloadOf(page, 'city.html')).toContain('The year of a city')
    expect(JSON.parse(await downloadOf(page, 'city.ipynb'))).toMatchObject({ nbformat: 4 })
    expect(await jupyter.kernels()).toEqual([])
  })

  test('loads few files, and when it is opened again only what may have changed', async () => {
    const page = await browser.open(served.url)
    const folder = page.getByRole('link', { name: 'workspaces, folder' })
    await folder.waitFor()
    const files = [expect.stringMatching(/main\.js\?v=/), expect.stringMatching(/page\.css\?v=/)]
    const list = expect.stringContaining('/notebooks?folder=')
    const loaded = await loadedBy(page)
    expect(loaded).toHaveLength(3)
    expect(loaded).toEqual(expect.arrayContaining([...files, list]))
    await page.goto('about:blank')
    await page.goto(served.url)
    await folder.waitFor()
    expect(await loadedBy(page)).toEqual([list])
  })

  test('hides nothing that has the focus below the strip, whose name may take many lines', async () => {
    const name = 'reports of the northern region/figures of each week by customer and product.ipynb'
    await jupyter.writeNotebook(name, ['1', 'print("line\\n" * 60)', '2'])
    const page = await browser.open(`${served.url}/#/${name}`, {
      viewport: { width: 390, height: 640 },
    })
    await run(page, 'Succeeded')
    const executed = page.getByTitle('The executed notebook').contentFrame()
    await executed.locator('section.code').first().waitFor()
    await page.evaluate(twoFrames) // the padding for the strip follows its size one frame later
    expect(await page.evaluate<readonly string[]>(hiddenByStrip)).toEqual([])
  })

  test('fills in the parameters of its address, and runs nothing by itself', async () => {
    await jupyter.writeNotebook('linked.ipynb', [
      { type: 'code', source: 'a = 1\nb = 2', metadata: { tags: ['parameters'] } },
      '(a, b, c)',
    ])
    const page = await browser.open(`${served.url}/#/linked.ipynb?a=1.0&c=[1, nan]&b=nan`)
    expect(await page.getByLabel('a', { exact: true }).inputValue()).toBe('1.0')
    expect(await page.getByLabel('Name').inputValue()).toBe('c')
    expect(await page.locator('#run').isVisible()).toBe(false)
    expect(await jupyter.kernels()).toEqual([])

    await press(page.getByRole('button', { name: 'Run' }))
    expect(await page.getByLabel('Value').getAttribute('aria-invalid')).toBe('true')
    expect(await page.locator('#run').isVisible()).toBe(false)
    await page.getByLabel('Value').fill('[1, 1.0]')
    await run(page, 'Succeeded')
    expect(await page.locator('#outcome pre').textContent()).toBe('(1.0, nan, [1, 1.0])')
  })

  test('shows a cell while it runs, and stops it', async () => {
    const wait = 'import time\nprint("begun", flush=True)\ntime.sleep(600)'
    await jupyter.writeNotebook('long.ipynb', ['1', wait, '2'])
    const page = await browser.open(`${served.url}/#/long.ipynb`)
    await press(page.getByRole('button', { name: 'Run' }))
    await page.getByText('begun', { exact: true }).waitFor()
    expect(await statesOf(page)).toEqual(['ok', 'running', 'waiting'])
    expect(await page.getByRole('button', { name: 'Run' }).isDisabled()).toBe(true)
    expect(await jupyter.kernels()).toHaveLength(1)

    await press(page.getByRole('button', { name: 'Stop' }))
    await title(page, 'Stopped after').waitFor()
    expect(await statesOf(page)).toEqual(['ok', 'stopped', 'skipped'])
    await until('no kernel', async () => (await jupyter.kernels()).length === 0 || undefined)
    // The notebook up to there comes after the report.
    const isReady = async () =>
      (await page.getByRole('button', { name: 'Run' }).isEnabled()) || undefined
    expect(await until('the end of the stream', isReady)).toBe(true)
  })

  test('shows what failed and what to do, and continues when errors are allowed', async () => {
    await jupyter.writeNotebook('failing.ipynb', ['1/0', '2'])
    const page = await browser.open(`${served.url}/#/failing.ipynb`)
    await run(page, 'Cell 0 failed')
    expect(await statesOf(page)).toEqual(['failed', 'skipped'])
    const outcome = page.locator('#outcome')
    expect(await outcome.textContent()).toContain('ZeroDivisionError: division by zero.')
    expect(await outcome.textContent()).toContain('continue after a failing cell')
    const traceback = await page.getByLabel('Error in cell 0').textContent()
    expect(traceback).toMatch(/^-+\nZeroDivisionError/)

    await press(page.getByText('Options', { exact: true }))
    await toggle(page.getByLabel('Go on after a failing cell'))
    await run(page, 'Succeeded')
    expect(await statesOf(page)).toEqual(['failed', 'ok'])
  })

  test('shows the end of long output, and stays responsive', async () => {
    const many = 'print("\\n".join(f"line {n}" for n in range(60_000)))'
    const bar = 'import time\nfor n in range(50): print(f"\\r{n} %", end="", flush=True)'
    await jupyter.writeNotebook('long_text.ipynb', [many, bar])
    const page = await browser.open(`${served.url}/#/long_text.ipynb`)
    await run(page, 'Succeeded')
    await page.locator('#cells').getByText('49 %', { exact: true }).waitFor()
    const [first = '', second] = await page.getByLabel('Text', { exact: true }).allTextContents()
    expect([first.split('\n').length < 2_500, first.endsWith('line 59999\n')]).toEqual([true, true])
    expect(second).toBe('49 %')
    expect(await page.getByText(/^5\d,\d{3} earlier lines are not shown here/).count()).toBe(1)
  })

  test('explains an empty folder and a notebook that does not exist', async () => {
    const page = await browser.open(`${served.url}/#/nowhere.ipynb`)
    await page.getByText('Cannot tell what parameters it takes').waitFor()
    await run(page, 'Could not run')
    expect(await page.locator('#outcome').textContent()).toContain('/nowhere.ipynb')
    await jupyter.request('PUT', '/api/contents/empty', { type: 'directory' })
    await page.goto(`${served.url}/#/empty/`)
    await page.getByText('There is no notebook in this folder.').waitFor()
  })

  test('asks for the key, asks again if it is wrong, and keeps it in the tab', async () => {
    const key = 'a key that nobody guesses'
    await using locked = await startPageFunction(jupyter, { NBTRIGGER_HTTP_KEY: key })
    const page = await browser.open(locked.url)
    await page.getByRole('textbox', { name: 'Key' }).fill('ключ, which no header can carry')
    await page.keyboard.press('Enter')
    await page.getByRole('textbox', { name: 'Key' }).fill('a wrong key, a wrong key')
    await press(page.getByRole('button', { name: 'Use this key' }))
    await page.getByText('is not the right one').waitFor()
    await page.getByRole('textbox', { name: 'Key' }).fill(key)
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: 'workspaces, folder' }).waitFor()
    await page.reload()
    await page.getByRole('link', { name: 'workspaces, folder' }).waitFor()
    expect(page.url()).toBe(`${locked.url}/`)
    const stored = 'JSON.stringify([document.cookie, { ...localStorage }])'
    expect(await page.evaluate(stored)).toBe('["",{}]')

    await press(page.getByRole('button', { name: 'Forget the key' }))
    await press(page.getByRole('link', { name: 'workspaces, folder' }))
    await press(page.getByRole('button', { name: 'Cancel' }))
    await page.getByText('Cannot show the notebooks.').waitFor()
  })

  test('reports that the Jupyter Server or the service is down', async () => {
    const gone = `127.0.0.1:${await freePort()}`
    await using alone = await startPageFunction({ host: gone, token: 'x' })
    const page = await browser.open(alone.url)
    await page.getByText('Cannot show the notebooks.').waitFor()
    expect(await page.locator('#picker-note').textContent()).toContain(gone)
    await alone[Symbol.asyncDispose]()
    await press(page.getByRole('button', { name: 'Try again' }))
    await page.getByText('The function does not answer').waitFor()
  })

  test('reports a lost connection during a run', async () => {
    await using dying = await startPageFunction(jupyter)
    await jupyter.writeNotebook('cut.ipynb', ['print("begun")\nimport time\ntime.sleep(600)'])
    const page = await browser.open(`${dying.url}/#/cut.ipynb`)
    await press(page.getByRole('button', { name: 'Run' }))
    await page.getByText('begun', { exact: true }).waitFor()
    signalProcess(-dying.pid, 'SIGKILL')
    await title(page, 'Could not run to its end').waitFor()
    expect(await page.locator('#outcome').textContent()).toContain('The connection to the function')
    for (const { id } of await jupyter.kernels())
      await jupyter.request('DELETE', `/api/kernels/${id}`)
  })
})

async function run(page: Page, expected: string): Promise<void> {
  await press(page.getByRole('button', { name: 'Run' }))
  await title(page, expected).waitFor()
}

const twoFrames = 'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))'

/** The texts of what the strip covers when it gets the focus, coming from below. */
const hiddenByStrip = `(() => {
  const strip = document.getElementById('strip')
  const parts = [...document.querySelectorAll('#run a, #run button, #run summary, #run iframe')]
  return parts.filter((part) => part.checkVisibility() && !strip.contains(part)).filter((part) => {
    scrollTo(0, document.body.scrollHeight)
    part.focus()
    const { top, bottom } = strip.getBoundingClientRect()
    const covered = part.getBoundingClientRect()
    const fits = covered.height <= innerHeight - bottom // else some of it may lie below the strip
    const isHidden = fits ? covered.top < bottom && covered.bottom > top : covered.bottom <= bottom
    return document.activeElement === part && isHidden
  }).map((part) => part.textContent || part.title)
})()`

/** The addresses of what came from the service besides the document, and not from a cache. */
async function loadedBy(page: Page): Promise<readonly string[]> {
  return await page.evaluate<readonly string[]>(
    `performance.getEntriesByType('resource').filter(({ transferSize, name }) =>
      transferSize > 0 && !name.startsWith('data:')).map(({ name }) => name)`,
  )
}

function title(page: Page, text: string) {
  return page.locator('#run-title', { hasText: text })
}

async function statesOf(page: Page): Promise<readonly (string | null)[]> {
  const cells = await page.locator('.cell').all()
  return Promise.all(cells.map((cell) => cell.getAttribute('data-state')))
}

interface Picture {
  readonly naturalWidth: number
  decode(): Promise<void>
}

/** The picture's own width, which it has when it was decoded. */
async function widthOf(image: ReturnType<Page['locator']>): Promise<number> {
  return image.evaluate(async (picture: Picture) => {
    await picture.decode()
    return picture.naturalWidth
  })
}

async function downloadOf(page: Page, name: string): Promise<string> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    press(page.getByRole('link', { name }).and(page.locator('[download]'))),
  ])
  const chunks: Buffer[] = []
  for await (const chunk of await download.createReadStream()) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString()
}
